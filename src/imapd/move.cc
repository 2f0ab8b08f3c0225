#include "imapd/commands.h"
#include "imapd/copied.h"
#include "imapd/find_mailbox.h"
#include "imapd/messages.h"

namespace mansio::imapd {

/// rfc6851. COPYUID comes before the EXPUNGEs, which the sync before the reply sends. Messages that vanished
/// meanwhile: OK, or clients keep ghosts they can't delete (doc/compat.md#move-of-vanished).
Task<Reply> move(Session& session, imap::Move command)
{
    const Selected& selected = *session.selected;
    if (selected.read_only())
        co_return reply::no("READ-ONLY", "the mailbox was opened read-only");
    const auto messages = resolve(selected, command.set, command.numbering);
    if (names_nothing(messages, command.set, command.numbering))
        co_return reply::bad("no such message number");
    auto target = co_await find_mailbox(session, command.mailbox);
    if (!target)
        co_return with_try_create(session.refuse(target.error(), "move"));
    auto uids = uids_of(*selected.shown, messages);
    auto moved = co_await session.account().move(selected.mailbox, std::move(uids), target->id);
    if (!moved)
        co_return with_try_create(session.refuse(moved.error(), "move"));
    const std::string code = copyuid(*moved);
    if (!code.empty())
        session.untagged({imap::Condition::ok, code, "moved"});
    co_return reply::ok("moved");
}

} // namespace mansio::imapd
