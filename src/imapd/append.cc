#include "imapd/append_reader.h"
#include "imapd/commands.h"
#include "imapd/find_mailbox.h"

#include <fmt/format.h>

namespace mansio::imapd {

mailbox::Quota quota_of(const Session& session)
{
    const auto& who = session.user->who;
    return {.bytes = who.quota_bytes, .messages = who.quota_messages};
}

namespace {

Task<Reply> keep(Session& session, std::string mailbox, std::vector<mailbox::NewMessage> messages)
{
    auto info = co_await find_mailbox(session, std::move(mailbox)); // again: the literals took their time
    if (!info)
        co_return with_try_create(session.refuse(info.error(), "append"));
    auto added = co_await session.account().append(info->id, std::move(messages), quota_of(session));
    if (!added)
        co_return with_try_create(session.refuse(added.error(), "append"));
    co_return reply::ok(fmt::format("APPENDUID {} {}", added->uid_validity, added->uids.text()), "appended");
}

} // namespace

/// rfc9051#6.3.12, rfc3502: all messages or none. OK is said after they are durable.
Task<Reply> append(Session& session, imap::Append command)
{
    AppendReader reader(session);
    auto info = co_await find_mailbox(session, command.mailbox);
    if (!info) {
        co_await reader.skip(std::move(command.first));
        co_return with_try_create(session.refuse(info.error(), "append"));
    }
    auto refusal = co_await reader.read(std::move(command.first));
    if (refusal)
        co_return *refusal;
    auto answer = co_await keep(session, std::move(command.mailbox), reader.take_messages());
    co_return answer;
}

} // namespace mansio::imapd
