#include "imapd/commands.h"
#include "imapd/find_mailbox.h"

namespace mansio::imapd {

/// rfc9051#6.3.6; INBOX: its messages move, it stays.
Task<Reply> rename(Session& session, imap::Rename command)
{
    auto from = without_separator(std::move(command.from));
    auto to = without_separator(std::move(command.to));
    auto renamed = co_await session.account().rename(std::move(from), std::move(to));
    if (!renamed)
        co_return session.refuse(renamed.error(), "rename");
    co_return reply::ok("renamed");
}

} // namespace mansio::imapd
