#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::message {

/// A parameter as it stands (rfc2045#5.1): quotes and comments taken off, RFC 2231 pieces not joined.
struct Parameter {
    std::string name;
    std::string value;
};
using Parameters = std::vector<Parameter>;

/// First value of that name, ASCII case ignored.
std::optional<std::string_view> find_parameter(const Parameters& parameters, std::string_view name);

enum class PartKind : std::uint8_t {
    single,    ///< anything that has no parts inside
    multipart, ///< its parts are the children
    message,   ///< message/rfc822: its one child is the message inside (message/global is single)
};

/// One body part. Offsets are of the whole message; [header_begin, header_end) includes the empty line,
/// [body_begin, body_end) leaves out the line end before the next boundary, which belongs to the boundary.
struct Part {
    static constexpr std::uint32_t none = UINT32_MAX;

    PartKind kind = PartKind::single;
    std::uint32_t parent = none;
    std::uint32_t first_child = none; ///< also a cut-off multipart without parts has none
    std::uint32_t next_sibling = none;
    std::size_t header_begin = 0, header_end = 0;
    std::size_t body_begin = 0, body_end = 0;
    std::size_t body_lines = 0; ///< line feeds in the body

    std::string type = "text";                                 ///< lower case
    std::string subtype = "plain";                             ///< lower case
    Parameters parameters;                                     ///< of Content-Type
    std::optional<std::string> id, description, md5, location; ///< unfolded, as they stand
    std::string encoding;                   ///< lower case token, "" when the field is absent
    std::optional<std::string> disposition; ///< lower case
    Parameters disposition_parameters;
    std::vector<std::string> languages;

    std::size_t body_size() const { return body_end - body_begin; }
    bool is(std::string_view wanted_type, std::string_view wanted_subtype = {}) const;
};

struct StructureLimits {
    std::size_t parts =
        1000;                ///< the largest digests seen have some hundreds; more stays unread in its parent
    std::size_t depth = 100; ///< forwarded-as-attachment chains reach about 20; clients give up far earlier
    std::size_t parameters = 200;           ///< of one field
    std::size_t boundary = 256;             ///< bytes of a boundary looked at; rfc2046#5.1.1 allows 70
    std::size_t header_bytes = 1024 * 1024; ///< of one part's header interpreted (all of it is skipped)
};

/// parts[0] is the message itself; a parent always stands before its children.
struct Structure {
    std::vector<Part> parts;
    bool truncated = false; ///< a limit was met: the rest is opaque text of its parent

    const Part& root() const { return parts.front(); }
    std::vector<std::uint32_t> children(std::uint32_t part) const;
};

/// Never fails; linear in the message, whatever the nesting.
Structure parse_structure(std::string_view message, StructureLimits limits = {});

/// Parsers of the two structured fields, for other users. Give "" as type when there is none.
struct TypedValue {
    std::string type, subtype;
    Parameters parameters;
};
TypedValue parse_content_type(std::string_view value, std::size_t max_parameters = 200);
TypedValue parse_disposition(std::string_view value, std::size_t max_parameters = 200);

} // namespace mansio::message
