#include "imapd/commands.h"
#include "imapd/condstore.h"
#include "imapd/find_mailbox.h"
#include "imapd/messages.h"
#include "imapd/object_id.h"
#include "imapd/sync.h"
#include "imapd/vanished.h"

#include <fmt/format.h>

namespace mansio::imapd {
namespace {

std::string keywords_text(const mailbox::View& view)
{
    std::string out = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";
    for (const std::string& keyword : view.keywords())
        out += ' ' + keyword;
    return out;
}

/// rfc3501#6.3.1: number of the first message without \Seen. Not of rfc9051.
void write_first_unseen(Session& session, const mailbox::View& view)
{
    if (session.enabled.imap4rev2 || session.enabled.uid_only || view.totals().unseen == 0)
        return;
    for (std::size_t index = 0; index < view.size(); ++index) {
        if (view.at(index).system & mailbox::seen)
            continue;
        session.untagged({imap::Condition::ok, fmt::format("UNSEEN {}", index + 1), "first unseen"});
        return;
    }
}

void describe(Session& session, const mailbox::MailboxInfo& info)
{
    const Selected& selected = *session.selected;
    const mailbox::View& view = *selected.shown;
    session.channel.write(fmt::format("* FLAGS ({})\r\n* {} EXISTS\r\n", keywords_text(view), view.size()));
    if (!session.enabled.imap4rev2)
        session.channel.write("* 0 RECENT\r\n");
    write_first_unseen(session, view);
    const std::string permanent = selected.read_only() ? "" : keywords_text(view) + " \\*";
    session.untagged({imap::Condition::ok, fmt::format("PERMANENTFLAGS ({})", permanent), "these are kept"});
    session.untagged(
        {imap::Condition::ok, fmt::format("UIDVALIDITY {}", info.uid_validity), "UIDs are valid"});
    session.untagged({imap::Condition::ok, fmt::format("UIDNEXT {}", view.uid_next()), "next UID"});
    session.untagged(
        {imap::Condition::ok, fmt::format("HIGHESTMODSEQ {}", view.highest_modseq()), "modseqs"});
    session.untagged({imap::Condition::ok,
                      fmt::format("MAILBOXID ({})", mailbox_id(session.account().id(), info.id)), "its id"});
    if (!session.enabled.imap4rev2)
        return;
    std::string list = "* LIST () \"/\" ";
    imap::write_mailbox(list, info.name, session.names());
    session.channel.write(list + "\r\n");
}

/// rfc7162#3.2.5.1: what vanished and what changed since the client was last here.
Task<Outcome<void>> resynchronise(Session& session, const imap::QresyncParameters& known)
{
    const Selected& selected = *session.selected;
    const mailbox::ViewPtr view = selected.shown;
    if (known.uid_validity != view->uid_validity())
        co_return Outcome<void>{}; // the client must start anew; it sees UIDVALIDITY
    const auto of_interest = known.known_uids ? known.known_uids->resolve(largest_uid(*view))
                                              : imap::NumberSet({{1, std::max(view->uid_next(), 2U) - 1}});
    auto told = co_await write_vanished_since(session, of_interest, known.mod_seq);
    if (!told)
        co_return told;
    for (std::size_t index = 0; index < view->size(); ++index) {
        const auto& message = view->at(index);
        if (message.modseq <= known.mod_seq || !of_interest.contains(message.uid))
            continue;
        write_flags_update(session, index);
        if (session.channel.wants_flush()) {
            const bool open = co_await make_room(session);
            if (!open)
                break;
        }
    }
    co_return Outcome<void>{};
}

void close_previous(Session& session)
{
    if (!session.selected)
        return;
    session.leave_mailbox();
    session.untagged({imap::Condition::ok, "CLOSED", "the other mailbox is closed"}); // rfc7162#3.2.11
}

/// Watches first and looks then, so that nothing happens in between unseen.
Task<Outcome<void>> open_mailbox(Session& session, mailbox::MailboxId id, imap::Select::Access access)
{
    auto selected = std::make_unique<Selected>();
    selected->mailbox = id;
    selected->access = access;
    selected->watch = session.account().watch(id, selected->changed);
    auto view = co_await session.account().view(id);
    if (!view)
        co_return base::fail(std::move(view.error()), "view");
    selected->shown = std::move(*view);
    selected->told_modseq = selected->shown->highest_modseq();
    session.selected = std::move(selected);
    session.state = State::selected;
    co_return Outcome<void>{};
}

} // namespace

/// rfc9051#6.3.2 and #6.3.3, rfc7162#3.1.8 and #3.2.5
Task<Reply> select(Session& session, imap::Select command)
{
    if (command.qresync && !session.enabled.qresync)
        co_return reply::bad("ENABLE QRESYNC first");
    close_previous(session); // rfc9051#6.3.2: also when the SELECT fails
    auto info = co_await find_mailbox(session, command.mailbox);
    if (!info)
        co_return session.refuse(info.error(), "select");
    if (command.condstore)
        enable_condstore(session);
    auto opened = co_await open_mailbox(session, info->id, command.access);
    if (!opened)
        co_return session.refuse(opened.error(), "select");
    describe(session, *info);
    if (command.qresync) {
        auto done = co_await resynchronise(session, *command.qresync);
        if (!done) {
            session.leave_mailbox();
            co_return session.refuse(done.error(), "resynchronise");
        }
    }
    co_return session.selected->read_only() ? reply::ok("READ-ONLY", "examined")
                                            : reply::ok("READ-WRITE", "selected");
}

} // namespace mansio::imapd
