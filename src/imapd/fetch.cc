#include "imapd/commands.h"
#include "imapd/condstore.h"
#include "imapd/fetch_plan.h"
#include "imapd/fetch_sender.h"
#include "imapd/messages.h"
#include "imapd/vanished.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::imapd {
namespace {

constexpr std::size_t batch_size = 256; // messages whose stored forms are read at once
constexpr std::size_t batch_gap = 16;   // UIDs skipped inside a batch: cheaper than another read

/// The next messages to send: indexes into the view, ascending.
using Batch = std::vector<std::size_t>;

/// Walks over the messages asked for, batch by batch.
class Batches {
public:
    Batches(const mailbox::View& view, const imap::NumberSet& messages,
            std::optional<base::ModSeq> changed_since)
        : m_view(view)
        , m_messages(messages)
        , m_changed_since(changed_since)
    {
    }

    Batch next()
    {
        Batch batch;
        for (; m_range < m_messages.ranges().size(); ++m_range, m_number = 0) {
            const imap::NumberRange& range = m_messages.ranges()[m_range];
            for (m_number = std::max<std::size_t>(m_number, range.first); m_number <= range.last;
                 ++m_number) {
                const std::size_t index = m_number - 1;
                if (m_changed_since && m_view.at(index).modseq <= *m_changed_since)
                    continue;
                if (batch.size() == batch_size || (!batch.empty() && index - batch.back() > batch_gap))
                    return batch;
                batch.push_back(index);
            }
        }
        return batch;
    }

private:
    const mailbox::View& m_view;
    const imap::NumberSet& m_messages;
    std::optional<base::ModSeq> m_changed_since;
    std::size_t m_range = 0;
    std::size_t m_number = 0;
};

/// One commit for all messages that were read: rfc9051#6.4.5. The sync before the reply tells of the flags.
Task<void> set_seen(Session& session, mailbox::UidSet uids)
{
    if (uids.empty() || session.selected->read_only())
        co_return;
    mailbox::FlagChange change{.mode = mailbox::FlagMode::add,
                               .flags = {.system = mailbox::seen, .keywords = {}},
                               .unchanged_since = std::nullopt};
    auto stored =
        co_await session.account().store_flags(session.selected->mailbox, std::move(uids), std::move(change));
    if (!stored)
        session.refuse(stored.error(), "set seen"); // the client has its data; the flag is set the next time
}

Reply answer_for(const FetchSender& sender)
{
    if (sender.failed())
        return reply::from(*sender.failed());
    if (sender.unknown_encoding())
        return reply::no("UNKNOWN-CTE", "a part can't be decoded"); // rfc3516#4.3
    if (sender.met_expunged())
        return reply::ok("EXPUNGEISSUED", "fetched what is left"); // rfc5530
    return reply::ok("fetched");
}

} // namespace

/// rfc9051#6.4.5
Task<Reply> fetch(Session& session, imap::Fetch command)
{
    const Selected& selected = *session.selected;
    if (command.vanished && !session.enabled.qresync)
        co_return reply::bad("ENABLE QRESYNC first");
    const FetchPlan plan =
        plan_fetch(command, session.enabled.uid_only ? UidItem::if_asked : UidItem::implied);
    if (plan.mod_seq)
        enable_condstore(session);
    const mailbox::ViewPtr view = selected.shown;
    auto messages = resolve(selected, command.set, command.numbering);
    if (names_nothing(messages, command.set, command.numbering))
        co_return reply::bad("no such message number");
    if (command.partial)
        messages = part_of(messages, *command.partial);
    if (command.vanished) {
        auto uids = command.set.saved_result ? to_number_set(selected.saved_result)
                                             : command.set.resolve(std::max(view->uid_next(), 2U) - 1);
        auto told = co_await write_vanished_since(session, std::move(uids), *command.changed_since);
        if (!told)
            co_return session.refuse(told.error(), "vanished");
    }
    FetchSender sender(session, plan, view);
    Batches batches(*view, messages, command.changed_since);
    for (Batch batch = batches.next(); !batch.empty(); batch = batches.next()) {
        auto sent = co_await sender.send(std::move(batch));
        if (!sent)
            co_return session.refuse(sent.error(), "fetch");
        if (session.state == State::logout)
            co_return Reply{};
    }
    co_await set_seen(session, sender.take_read());
    co_return answer_for(sender);
}

} // namespace mansio::imapd
