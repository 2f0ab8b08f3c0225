#include "imapd/commands.h"
#include "imapd/notification.h"

#include <algorithm>

namespace mansio::imapd {

/// rfc5465#3.1. What happened in the selected mailbox until now is told with the reply, as always.
Task<Reply> notify(Session& session, imap::Notify command)
{
    const auto unsupported = [](const imap::NotifyGroup& group) { return group.events.unsupported; };
    if (std::ranges::any_of(command.groups, unsupported))
        co_return reply::no("BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)",
                            "no such event");
    session.notification.reset();
    if (command.groups.empty())
        co_return reply::ok("nothing will be told unasked");
    auto notification = std::make_unique<Notification>(session, std::move(command.groups));
    auto begun = co_await notification->begin(command.status);
    if (!begun && begun.error().fault == base::Fault::too_large)
        co_return reply::no("NOTIFICATIONOVERFLOW", "too many mailboxes to watch");
    if (!begun)
        co_return session.refuse(begun.error(), "notify");
    session.notification = std::move(notification);
    co_return reply::ok("will be told");
}

} // namespace mansio::imapd
