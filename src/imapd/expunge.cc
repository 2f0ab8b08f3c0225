#include "imapd/commands.h"
#include "imapd/messages.h"
#include "imapd/sync.h"

#include <fmt/format.h>

namespace mansio::imapd {

/// rfc9051#6.4.3 and #6.4.9: the EXPUNGE responses come with the sync before the reply.
Task<Reply> expunge(Session& session, imap::Expunge command)
{
    const Selected& selected = *session.selected;
    if (selected.read_only())
        co_return reply::no("READ-ONLY", "the mailbox was opened read-only");
    std::optional<mailbox::UidSet> uids;
    if (command.uids)
        uids = uids_of(*selected.shown, resolve(selected, *command.uids, imap::Numbering::uid));
    auto gone = co_await session.account().expunge(selected.mailbox, std::move(uids));
    if (!gone)
        co_return session.refuse(gone.error(), "expunge");
    co_await sync(session, Expunges::announce);
    if (!session.enabled.condstore || !session.selected)
        co_return reply::ok("expunged");
    co_return reply::ok(fmt::format("HIGHESTMODSEQ {}", selected.shown->highest_modseq()),
                        "expunged"); // rfc7162#3.2.7
}

} // namespace mansio::imapd
