// STORE and EXPUNGE: changes to messages that are there.
#include "mailbox/account_impl.h"
#include "mailbox/layout.h"

#include <algorithm>

namespace mansio::mailbox {
namespace {

struct FlagValue {
    std::uint16_t system;
    std::uint64_t keywords;
    auto operator<=>(const FlagValue&) const = default;
};

FlagValue changed(const Message& message, FlagMode mode, FlagValue by)
{
    switch (mode) {
    case FlagMode::add:
        return {static_cast<std::uint16_t>(message.system | by.system), message.keywords | by.keywords};
    case FlagMode::remove:
        return {static_cast<std::uint16_t>(message.system & ~by.system), message.keywords & ~by.keywords};
    case FlagMode::replace: return by;
    }
    return by;
}

/// Calls seen(index) for every message of the view that `uids` names.
template <class Seen>
void each(const View& view, const UidSet& uids, Seen seen)
{
    for (const UidRange& range : uids.ranges())
        for (std::size_t index = view.lower_bound(range.first);
             index < view.size() && view.at(index).uid <= range.last; ++index)
            seen(index);
}

} // namespace

Task<Outcome<Stored>> AccountImpl::store_flags(MailboxId mailbox, UidSet uids, FlagChange change)
{
    auto self = std::static_pointer_cast<AccountImpl>(shared_from_this());
    return on_owner(std::move(self), do_store_flags(mailbox, std::move(uids), std::move(change)));
}

Task<Outcome<Stored>> AccountImpl::do_store_flags(MailboxId mailbox, UidSet uids, FlagChange change)
{
    auto held = co_await m_changing.lock();
    auto target = co_await loaded(mailbox);
    if (!target)
        co_return std::unexpected(target.error());
    Index& index = (*target)->index;
    FlagValue by{change.flags.system, 0};
    if (change.mode == FlagMode::remove) { // unknown keywords are on no message
        for (const std::string& keyword : change.flags.keywords)
            by.keywords |= index.now().keyword_bit(keyword);
    } else {
        auto bits = index.intern(change.flags.keywords);
        if (!bits)
            co_return std::unexpected(bits.error());
        by.keywords = *bits;
    }

    Stored stored;
    std::map<FlagValue, UidSet> groups;
    each(index.now(), uids, [&](std::size_t at) {
        const Message& message = index.now().at(at);
        if (change.unchanged_since && message.modseq > *change.unchanged_since) {
            stored.modified.add(message.uid);
            return;
        }
        const FlagValue now = changed(message, change.mode, by);
        if (now == FlagValue{message.system, message.keywords})
            return;
        groups[now].add(message.uid);
        stored.changed.add(message.uid);
    });
    if (groups.empty())
        co_return stored;

    FlagsEntry entry{mailbox, index.now().keywords(), {}};
    for (auto& [value, members] : groups)
        entry.groups.push_back({value.system, value.keywords, std::move(members)});
    Draft draft;
    draft.entries.emplace_back(std::move(entry));
    auto modseq = co_await commit_change(std::move(draft));
    if (!modseq)
        co_return std::unexpected(modseq.error());
    stored.modseq = *modseq;
    co_return stored;
}

UidSet AccountImpl::draft_removal(Draft& draft, const View& view, const std::vector<std::size_t>& indexes,
                                  References references)
{
    UidSet uids;
    std::uint64_t bytes = 0;
    for (const std::size_t index : indexes) {
        const Message& message = view.at(index);
        uids.add(message.uid);
        bytes += message.size;
        if (references == References::change)
            draft.batch.ref_blob(message.blob, -1);
        draft.batch.erase(layout::forms(m_id, view.mailbox(), message.uid));
    }
    draft.batch.add(layout::used_bytes(m_id), -static_cast<std::int64_t>(bytes));
    draft.batch.add(layout::used_messages(m_id), -static_cast<std::int64_t>(indexes.size()));
    draft.added.bytes -= bytes; // unsigned on purpose: wraps, and the sum wraps back
    draft.added.messages -= indexes.size();
    draft.entries.emplace_back(ExpungeEntry{view.mailbox(), uids});
    return uids;
}

Task<Outcome<UidSet>> AccountImpl::expunge(MailboxId mailbox, std::optional<UidSet> uids)
{
    auto self = std::static_pointer_cast<AccountImpl>(shared_from_this());
    return on_owner(std::move(self), do_expunge(mailbox, std::move(uids), deleted));
}

Task<Outcome<UidSet>> AccountImpl::remove_messages(MailboxId mailbox, UidSet uids)
{
    auto self = std::static_pointer_cast<AccountImpl>(shared_from_this());
    return on_owner(std::move(self), do_expunge(mailbox, std::optional<UidSet>(std::move(uids)), 0));
}

Task<Outcome<UidSet>> AccountImpl::do_expunge(MailboxId mailbox, std::optional<UidSet> uids,
                                              std::uint16_t having)
{
    auto held = co_await m_changing.lock();
    auto target = co_await loaded(mailbox);
    if (!target)
        co_return std::unexpected(target.error());
    const View& view = (*target)->index.now();
    if (having == deleted && view.totals().deleted == 0)
        co_return UidSet{};
    std::vector<std::size_t> indexes;
    each(view, uids ? *uids : UidSet({{1, UINT32_MAX}}), [&](std::size_t index) {
        if ((view.at(index).system & having) == having)
            indexes.push_back(index);
    });
    if (indexes.empty())
        co_return UidSet{};
    Draft draft;
    UidSet removed = draft_removal(draft, view, indexes);
    auto modseq = co_await commit_change(std::move(draft));
    if (!modseq)
        co_return std::unexpected(modseq.error());
    co_return removed;
}

} // namespace mansio::mailbox
