#pragma once
#include "wire/imap/syntax.h"

#include <optional>
#include <string>
#include <string_view>

namespace mansio::wire::imap {

/// Modified UTF-7 of rfc3501#5.1.3 to UTF-8. Strict: nothing for 8-bit bytes, broken base64, lone surrogates,
/// printable ASCII that was encoded, or a "&" that starts no sequence.
std::optional<std::string> decode_modified_utf7(std::string_view text);
/// Well-formed UTF-8 to modified UTF-7. Every string that decode gives comes back as it was.
std::string encode_modified_utf7(std::string_view utf8);

/// A name or LIST pattern from the wire, as UTF-8. INBOX in any case becomes "INBOX", also as the first
/// component. A name that is no modified UTF-7 is taken as it stands when it is UTF-8: clients send raw names
/// and a bare "&" (doc/compat.md#raw-mailbox-names). Nothing when it is not UTF-8.
std::optional<std::string> mailbox_from_wire(std::string_view text, NameEncoding encoding);
std::string mailbox_to_wire(std::string_view utf8, NameEncoding encoding);

} // namespace mansio::wire::imap
