#pragma once
#include "message/structure.h"

#include <optional>
#include <string>
#include <string_view>

namespace mansio::message {

// ENVELOPE, BODY and BODYSTRUCTURE as IMAP sends them (rfc9051#7.5.2), parentheses included: "(NIL NIL ...)".
// ASCII only, whatever the message holds: 8-bit header text becomes encoded words (rfc2047), 8-bit parameter
// values become RFC 2231 extended values, so both an rfc3501 client and one that enabled UTF8=ACCEPT can read
// them. Control characters and line ends never appear; a string too odd for quotes goes out as a literal
// "{n}CRLF...".

enum class Extended { no, yes }; ///< BODY or BODYSTRUCTURE

/// `header` is a whole message or only its header.
std::string envelope_form(std::string_view header);
std::string body_structure_form(std::string_view message, const Structure& structure, Extended extended);

/// What intake stores beside the message.
struct ImapForms {
    std::string envelope;
    std::string body;
    std::string body_structure;
};
ImapForms make_imap_forms(std::string_view message);
ImapForms make_imap_forms(std::string_view message, const Structure& structure);

/// One stored value and back; nothing when the bytes are not what pack() wrote.
std::string pack(const ImapForms& forms);
std::optional<ImapForms> unpack_imap_forms(std::string_view bytes);

/// A quoted string (8-bit bytes, CR, LF and NUL become '?'); nstring gives NIL for nothing.
std::string imap_string(std::string_view value);
std::string imap_nstring(const std::optional<std::string>& value);

} // namespace mansio::message
