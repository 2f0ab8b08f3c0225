#pragma once
#include "base/outcome.h"
#include "message/structure.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mansio::message {

enum class SectionText : std::uint8_t { none, header, header_fields, header_fields_not, text, mime };

/// What stands between the brackets of BODY[...] (rfc9051#6.4.5.1). Part numbers count from 1; an empty
/// `numbers` is the whole message.
struct Section {
    std::vector<std::uint32_t> numbers;
    SectionText text = SectionText::none;
    std::vector<std::string> fields; ///< of header_fields and header_fields_not
};

/// Bytes of the message, or bytes made for the answer. The view points into the message given.
class SectionBytes {
public:
    SectionBytes(std::string_view part)
        : m_bytes(part)
    {
    }
    SectionBytes(std::string made)
        : m_bytes(std::move(made))
    {
    }
    std::string_view view() const
    {
        if (auto* made = std::get_if<std::string>(&m_bytes))
            return *made;
        return std::get<std::string_view>(m_bytes);
    }

private:
    std::variant<std::string_view, std::string> m_bytes;
};

/// Index of the part that these numbers name. Part 1 of a message without multipart is its body: gives that
/// message's own part. Nothing when there is no such part.
std::optional<std::uint32_t> find_part(const Structure& structure, const std::vector<std::uint32_t>& numbers);

/// Nothing when the message has no such section (the session answers NIL or "").
std::optional<SectionBytes> read_section(std::string_view message, const Structure& structure,
                                         const Section& section);

/// BINARY[...] (rfc9051#6.4.5.2): the part with its transfer encoding undone. Fault::not_found when there is
/// no such part, Fault::invalid when the encoding is unknown (the session answers UNKNOWN-CTE).
base::Outcome<SectionBytes> read_binary(std::string_view message, const Structure& structure,
                                        const std::vector<std::uint32_t>& numbers);

/// The header fields of these names (or all others), each as it stands, and the empty line after them.
enum class FieldChoice { named, others };
std::string select_header_fields(std::string_view header, const std::vector<std::string>& names,
                                 FieldChoice choice);

// Lenient MIME decoders: what is not understood is skipped or kept, nothing fails.
std::string decode_base64(std::string_view text); ///< rfc2045#6.8; stops at padding, skips other bytes
std::string decode_quoted_printable(std::string_view text); ///< rfc2045#6.7; broken escapes stay as they are
std::string encode_base64_lines(std::string_view bytes);    ///< lines of 76 with CRLF
std::string encode_quoted_printable(std::string_view text); ///< lines of 76 with CRLF; CRLF in the text stays

enum class TransferEncoding { identity, base64, quoted_printable, unknown };
TransferEncoding transfer_encoding(const Part& part);
/// The part's body with base64 or quoted-printable undone; as it stands otherwise.
SectionBytes decoded_body(std::string_view message, const Part& part);

} // namespace mansio::message
