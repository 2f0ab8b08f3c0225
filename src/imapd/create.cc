#include "imapd/commands.h"
#include "imapd/find_mailbox.h"
#include "imapd/object_id.h"

#include <fmt/format.h>

namespace mansio::imapd {

/// rfc9051#6.3.4, rfc6154#3
Task<Reply> create(Session& session, imap::Create command)
{
    auto use = mailbox::SpecialUse::none;
    if (command.special_use.size() > 1)
        co_return reply::no("USEATTR", "one special use at most");
    if (!command.special_use.empty()) {
        const auto wanted = mailbox::special_use_from(command.special_use.front());
        if (!wanted || *wanted == mailbox::SpecialUse::inbox)
            co_return reply::no("USEATTR", "no such special use");
        use = *wanted;
    }
    auto made = co_await session.account().create(without_separator(std::move(command.mailbox)), use);
    if (!made)
        co_return session.refuse(made.error(), "create");
    co_return reply::ok(fmt::format("MAILBOXID ({})", mailbox_id(session.account().id(), made->id)),
                        "created");
}

} // namespace mansio::imapd
