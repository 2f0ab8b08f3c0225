#include "imapd/append_reader.h"
#include "imapd/commands.h"
#include "imapd/find_mailbox.h"
#include "imapd/messages.h"

#include <expected>
#include <fmt/format.h>

namespace mansio::imapd {
namespace {

/// The message to be replaced, or a reply.
std::expected<mailbox::Uid, Reply> replaced_uid(const Selected& selected, const imap::Replace& command)
{
    if (selected.read_only())
        return std::unexpected(reply::no("READ-ONLY", "the mailbox was opened read-only"));
    const auto messages = resolve(selected, command.message, command.numbering);
    if (names_nothing(messages, command.message, command.numbering))
        return std::unexpected(reply::bad("no such message number"));
    if (messages.empty())
        return std::unexpected(reply::no("NONEXISTENT", "no such message"));
    return selected.shown->at(messages.ranges().front().first - 1).uid;
}

Task<Reply> put_in_place(Session& session, mailbox::Uid uid, std::string mailbox, mailbox::NewMessage message)
{
    auto target = co_await find_mailbox(session, std::move(mailbox)); // again: the literal took its time
    if (!target)
        co_return with_try_create(session.refuse(target.error(), "replace"));
    auto done = co_await session.account().replace(session.selected->mailbox, uid, target->id,
                                                   std::move(message), quota_of(session));
    if (!done && done.error().fault == base::Fault::conflict)
        co_return reply::no("EXPUNGEISSUED", "that message is gone");
    if (!done)
        co_return with_try_create(session.refuse(done.error(), "replace"));
    session.untagged({imap::Condition::ok,
                      fmt::format("APPENDUID {} {}", done->uid_validity, done->uids.text()), "replaced"});
    co_return reply::ok("replaced");
}

} // namespace

/// rfc8508#3.4: the new message is there and the old one is gone, or neither. APPENDUID comes before the
/// EXPUNGE, which the sync before the reply sends.
Task<Reply> replace(Session& session, imap::Replace command)
{
    AppendReader reader(session);
    const auto uid = replaced_uid(*session.selected, command);
    if (!uid) {
        co_await reader.skip(std::move(command.first));
        co_return uid.error();
    }
    auto target = co_await find_mailbox(session, command.mailbox);
    if (!target) {
        co_await reader.skip(std::move(command.first));
        co_return with_try_create(session.refuse(target.error(), "replace"));
    }
    auto refusal = co_await reader.read(std::move(command.first));
    if (refusal)
        co_return *refusal;
    auto messages = reader.take_messages();
    if (messages.size() != 1)
        co_return reply::bad("one message replaces one");
    auto answer =
        co_await put_in_place(session, *uid, std::move(command.mailbox), std::move(messages.front()));
    co_return answer;
}

} // namespace mansio::imapd
