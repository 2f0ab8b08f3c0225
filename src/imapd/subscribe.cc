#include "imapd/commands.h"
#include "imapd/find_mailbox.h"

namespace mansio::imapd {
namespace {

Task<Reply> set(Session& session, std::string name, bool subscribed)
{
    name = without_separator(std::move(name));
    auto done = co_await session.account().subscribe(std::move(name), subscribed);
    if (!done)
        co_return session.refuse(done.error(), "subscribe");
    co_return reply::ok(subscribed ? "subscribed" : "unsubscribed");
}

} // namespace

/// rfc9051#6.3.7: the name need not exist.
Task<Reply> subscribe(Session& session, imap::Subscribe command)
{
    return set(session, std::move(command.mailbox), true);
}

/// rfc9051#6.3.8
Task<Reply> unsubscribe(Session& session, imap::Unsubscribe command)
{
    return set(session, std::move(command.mailbox), false);
}

} // namespace mansio::imapd
