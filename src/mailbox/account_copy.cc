// COPY and MOVE within an account: new UIDs, the same blobs, one change.
#include "mailbox/account_impl.h"
#include "mailbox/layout.h"

namespace mansio::mailbox {

Task<Outcome<Copied>> AccountImpl::copy(MailboxId from, UidSet uids, MailboxId to)
{
    auto self = std::static_pointer_cast<AccountImpl>(shared_from_this());
    return on_owner(std::move(self), do_copy(from, std::move(uids), to, false));
}

Task<Outcome<Copied>> AccountImpl::move(MailboxId from, UidSet uids, MailboxId to)
{
    auto self = std::static_pointer_cast<AccountImpl>(shared_from_this());
    return on_owner(std::move(self), do_copy(from, std::move(uids), to, true));
}

Task<Outcome<Copied>> AccountImpl::do_copy(MailboxId from, UidSet uids, MailboxId to, bool and_remove)
{
    auto held = co_await m_changing.lock();
    co_return co_await copy_held(from, std::move(uids), to, and_remove);
}

/// Stored forms in the order of `uids` (ascending); "" for one that has none.
Task<Outcome<std::vector<std::string>>> AccountImpl::read_forms(MailboxId mailbox,
                                                                const std::vector<Uid>& uids)
{
    std::vector<std::string> forms(uids.size());
    if (uids.empty())
        co_return forms;
    storage::Range rest{layout::forms(m_id, mailbox, uids.front()),
                        layout::forms(m_id, mailbox, uids.back()) + '\0'};
    std::size_t next = 0;
    do {
        auto page = co_await m_engine.scan(rest, 1000);
        if (!page)
            co_return std::unexpected(page.error());
        for (storage::Item& item : page->items) {
            const auto uid = static_cast<Uid>(layout::number_at_end(item.key, 4));
            while (next < uids.size() && uids[next] < uid)
                ++next;
            if (next < uids.size() && uids[next] == uid)
                forms[next] = std::move(item.value);
        }
        rest.first = std::move(page->next);
    } while (!rest.first.empty());
    co_return forms;
}

namespace {

struct UsedKeywords {
    std::vector<std::string> names;
    std::vector<std::uint64_t> bit_of; ///< by the source's bit number
};

/// Only keywords that one of the messages has: a copy must not carry the others over.
UsedKeywords used_keywords(const View& source, const std::vector<std::size_t>& indexes)
{
    std::uint64_t mask = 0;
    for (const std::size_t index : indexes)
        mask |= source.at(index).keywords;
    UsedKeywords used;
    for (std::size_t bit = 0; bit < source.keywords().size(); ++bit) {
        const bool taken = mask >> bit & 1;
        used.bit_of.push_back(taken ? std::uint64_t{1} << used.names.size() : 0);
        if (taken)
            used.names.push_back(source.keywords()[bit]);
    }
    return used;
}

std::uint64_t translate(std::uint64_t mask, const std::vector<std::uint64_t>& bit_of)
{
    std::uint64_t out = 0;
    for (std::size_t bit = 0; bit < bit_of.size(); ++bit)
        if (mask >> bit & 1)
            out |= bit_of[bit];
    return out;
}

std::vector<std::size_t> indexes_of(const View& view, const UidSet& uids)
{
    std::vector<std::size_t> indexes;
    for (const UidRange& range : uids.ranges())
        for (std::size_t index = view.lower_bound(range.first);
             index < view.size() && view.at(index).uid <= range.last; ++index)
            indexes.push_back(index);
    return indexes;
}

} // namespace

Outcome<Copied> AccountImpl::draft_copy(Draft& draft, Loaded& target, const View& source,
                                        const std::vector<std::size_t>& indexes,
                                        std::vector<std::string> forms, References references)
{
    const View& into = target.index.now();
    UsedKeywords keywords = used_keywords(source, indexes);
    if (auto bits = target.index.intern(keywords.names); !bits)
        return std::unexpected(bits.error());
    Copied copied{into.uid_validity(), {}, {}};
    AppendEntry entry{into.mailbox(), std::move(keywords.names), {}};
    const Seconds now = m_clock.now();
    for (std::size_t i = 0; i < indexes.size(); ++i) {
        Message message = source.at(indexes[i]);
        copied.from.push_back(message.uid);
        message.uid = target.index.take_uid();
        message.save_date = now;
        message.keywords = translate(message.keywords, keywords.bit_of);
        copied.to.push_back(message.uid);
        if (references == References::change)
            draft.batch.ref_blob(message.blob, +1);
        if (!forms[i].empty())
            draft.batch.put(layout::forms(m_id, into.mailbox(), message.uid), std::move(forms[i]));
        draft.added.bytes += message.size;
        draft.added.messages += 1;
        entry.messages.push_back(message);
    }
    draft.batch.raise(layout::uid_next(m_id, into.mailbox()), target.index.next_free_uid());
    draft.batch.add(layout::used_bytes(m_id), static_cast<std::int64_t>(draft.added.bytes));
    draft.batch.add(layout::used_messages(m_id), static_cast<std::int64_t>(draft.added.messages));
    draft.entries.emplace_back(std::move(entry));
    return copied;
}

Task<Outcome<Copied>> AccountImpl::copy_held(MailboxId from, UidSet uids, MailboxId to, bool and_remove)
{
    auto source = co_await loaded(from);
    if (!source)
        co_return std::unexpected(source.error());
    auto target = co_await loaded(to);
    if (!target)
        co_return std::unexpected(target.error());
    // m_changing is held: nothing is expunged or reflagged here while we wait; appends only add behind.
    const ViewPtr view = (*source)->view();
    const std::vector<std::size_t> indexes = indexes_of(*view, uids);
    if (indexes.empty())
        co_return Copied{(*target)->index.now().uid_validity(), {}, {}};
    std::vector<Uid> from_uids;
    for (const std::size_t index : indexes)
        from_uids.push_back(view->at(index).uid);
    auto forms = co_await read_forms(from, from_uids);
    if (!forms)
        co_return std::unexpected(forms.error());

    Draft draft; // from here to the reservation nothing waits: UIDs and modseqs keep the same order
    const References references = and_remove ? References::stay : References::change;
    auto copied = draft_copy(draft, **target, *view, indexes, std::move(*forms), references);
    if (!copied)
        co_return copied;
    if (and_remove)
        draft_removal(draft, *view, indexes, references);
    auto modseq = co_await commit_change(std::move(draft));
    if (!modseq)
        co_return std::unexpected(modseq.error());
    co_return copied;
}

} // namespace mansio::mailbox
