#pragma once
#include "message/structure.h"

#include <optional>
#include <string>
#include <string_view>

namespace mansio::message {

// ENVELOPE, BODY and BODYSTRUCTURE as IMAP sends them (rfc9051#7.5.2), parentheses included: "(NIL NIL ...)".
// Header text and addresses come out in ASCII, whatever the message holds: 8-bit text becomes encoded words
// (rfc2047), which an rfc3501 client and one that enabled UTF8=ACCEPT can both read. 8-bit parameter values
// stand as they are, in a literal "{n}CRLF..." (never in quotes), as the servers do that clients were tested
// with. CR, LF and NUL are left out.

enum class Extended { no, yes }; ///< BODY or BODYSTRUCTURE

/// `header` is a whole message or only its header.
std::string envelope_form(std::string_view header);
std::string body_structure_form(std::string_view message, const Structure& structure, Extended extended);

/// What intake stores beside the message.
struct ImapForms {
    std::string envelope;
    std::string body;
    std::string body_structure;
    std::optional<std::string> fields = std::nullopt;  ///< common_fields(), where there are any to have
    std::optional<std::string> preview = std::nullopt; ///< preview_text(); older stores have none
};
ImapForms make_imap_forms(std::string_view message);
ImapForms make_imap_forms(std::string_view message, const Structure& structure);

/// One stored value and back; nothing when the bytes are not what pack() wrote.
std::string pack(const ImapForms& forms);
std::optional<ImapForms> unpack_imap_forms(std::string_view bytes);

/// A quoted string, or a literal where 8-bit bytes need one; CR, LF and NUL are left out. nstring gives NIL
/// for nothing.
std::string imap_string(std::string_view value);
std::string imap_nstring(const std::optional<std::string>& value);

} // namespace mansio::message
