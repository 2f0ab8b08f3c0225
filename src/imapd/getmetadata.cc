#include "imapd/commands.h"
#include "imapd/metadata.h"

#include <fmt/format.h>

namespace mansio::imapd {

/// rfc5464#4.2. The server's entries are each account's own.
Task<Reply> get_metadata(Session& session, imap::GetMetadata command)
{
    auto info = co_await find_annotated(session, std::move(command.mailbox));
    if (!info)
        co_return session.refuse(info.error(), "getmetadata");
    auto left_out = co_await write_metadata_of(session, std::move(*info), command.items);
    if (!left_out)
        co_return session.refuse(left_out.error(), "getmetadata");
    if (*left_out > 0)
        co_return reply::ok(fmt::format("METADATA LONGENTRIES {}", *left_out), "some are longer");
    co_return reply::ok("metadata told");
}

} // namespace mansio::imapd
