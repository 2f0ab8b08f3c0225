#pragma once
#include "wire/imap/command.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::wire::imap {

/// An IMAP URL that names a message here, or a piece of it: rfc5092#5, rfc4469#3. Pure values; whether there
/// is such a message is the session's to find out.
struct MessageUrl {
    std::string mailbox; ///< UTF-8; "" is the selected one
    std::optional<std::uint32_t> uid_validity;
    std::uint32_t uid = 0;
    Section section;
    std::optional<Partial> partial;
};

/// "/Drafts;UIDVALIDITY=7/;UID=20/;SECTION=1.2/;PARTIAL=0.1024", percent-encoded; without the mailbox it is
/// relative to the selected one. Nothing for what is no such URL, and for URLs with a server in them.
std::optional<MessageUrl> parse_message_url(std::string_view url);

} // namespace mansio::wire::imap
