#include "imapd/commands.h"
#include "imapd/condstore.h"
#include "imapd/flags.h"
#include "imapd/messages.h"
#include "imapd/sync.h"

#include <fmt/format.h>

namespace mansio::imapd {
namespace {

mailbox::FlagChange change_of(const imap::Store& command)
{
    mailbox::FlagChange change;
    change.flags = flag_names(command.flags);
    change.unchanged_since = command.unchanged_since;
    switch (command.action) {
    case imap::Store::Action::add: change.mode = mailbox::FlagMode::add; break;
    case imap::Store::Action::remove: change.mode = mailbox::FlagMode::remove; break;
    case imap::Store::Action::replace: change.mode = mailbox::FlagMode::replace; break;
    }
    return change;
}

/// Messages whose flags were like this already: the sync does not mention them, but the client asked.
Task<void> write_unchanged(Session& session, const mailbox::UidSet& asked, const mailbox::Stored& stored)
{
    for (const mailbox::UidRange& range : asked.ranges()) {
        const mailbox::ViewPtr view = session.selected->shown;
        for (std::size_t i = view->lower_bound(range.first);
             i < view->size() && view->at(i).uid <= range.last; ++i) {
            const mailbox::Uid uid = view->at(i).uid;
            if (stored.changed.contains(uid) || stored.modified.contains(uid))
                continue;
            write_flags_update(session, i);
            if (session.channel.wants_flush()) {
                const bool open = co_await make_room(session);
                if (!open)
                    co_return;
            }
        }
    }
}

/// rfc7162#3.1.3: in message numbers for STORE, in UIDs for UID STORE.
Reply answer_for(const Session& session, const mailbox::Stored& stored, imap::Numbering numbering)
{
    if (stored.modified.empty())
        return reply::ok("stored");
    auto set = to_number_set(stored.modified);
    if (numbering == imap::Numbering::sequence)
        set = resolve_uids(*session.selected->shown, set);
    return reply::ok("MODIFIED " + set.text(), "some were changed by others");
}

} // namespace

/// rfc9051#6.4.6
Task<Reply> store(Session& session, imap::Store command)
{
    const Selected& selected = *session.selected;
    if (selected.read_only())
        co_return reply::no("READ-ONLY", "the mailbox was opened read-only");
    if (command.unchanged_since)
        enable_condstore(session);
    const auto messages = resolve(selected, command.set, command.numbering);
    if (names_nothing(messages, command.set, command.numbering))
        co_return reply::bad("no such message number");
    const auto uids = uids_of(*selected.shown, messages);
    const auto change = change_of(command);
    auto stored = co_await session.account().store_flags(selected.mailbox, uids, change);
    if (!stored)
        co_return session.refuse(stored.error(), "store");
    const auto expunges =
        command.numbering == imap::Numbering::sequence ? Expunges::hold : Expunges::announce;
    if (command.answer == imap::Store::Answer::silent) {
        co_await sync(session, expunges, OwnStore{change, *stored});
    } else {
        co_await sync(session, expunges);
        if (session.state == State::selected)
            co_await write_unchanged(session, uids, *stored);
    }
    if (session.state != State::selected)
        co_return Reply{};
    co_return answer_for(session, *stored, command.numbering);
}

} // namespace mansio::imapd
