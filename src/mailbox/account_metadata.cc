// Annotations (rfc5464#3): read from the store when asked for. The log only tells that they changed.
#include "mailbox/account_impl.h"
#include "mailbox/layout.h"

#include <fmt/format.h>

namespace mansio::mailbox {

using base::Fault;

std::uint64_t octets_of(const Metadata& metadata)
{
    std::uint64_t octets = 0;
    for (const auto& [entry, value] : metadata)
        octets += entry.size() + value.size();
    return octets;
}

namespace {

/// What the annotations are after the changes, in their order; `used` octets are all of the account now.
Outcome<Metadata> changed(const Metadata& before, std::vector<MetadataChange> changes, std::uint64_t used)
{
    Metadata after = before;
    for (MetadataChange& change : changes) {
        const std::size_t size = change.value ? change.value->size() : 0;
        if (change.entry.size() > max_metadata_entry || size > max_metadata_value)
            return base::fail(Fault::too_large, fmt::format("an annotation of {} octets", size));
        if (change.value)
            after.insert_or_assign(std::move(change.entry), std::move(*change.value));
        else
            after.erase(change.entry);
    }
    if (after.size() > max_metadata_entries && after.size() > before.size())
        return base::fail(Fault::too_large, fmt::format("{} annotations", after.size()));
    const std::uint64_t now = octets_of(before);
    const std::uint64_t then = octets_of(after);
    if (then > now && used + (then - now) > max_metadata_octets)
        return base::fail(Fault::over_quota, fmt::format("annotations of {} octets", used + (then - now)));
    return after;
}

} // namespace

/// Anywhere: nothing of the owner's is touched.
Task<Outcome<Metadata>> AccountImpl::metadata(MailboxId mailbox)
{
    auto names = co_await list();
    if (!names)
        co_return std::unexpected(names.error());
    if (mailbox && (*names)->find(mailbox) == nullptr)
        co_return base::fail(Fault::not_found, fmt::format("no mailbox {}", mailbox.value));
    co_return co_await read_metadata(mailbox);
}

Task<Outcome<Metadata>> AccountImpl::read_metadata(MailboxId mailbox)
{
    const std::string prefix = layout::metadata(m_id, mailbox, "");
    auto items = co_await scan_all(m_engine, storage::Range::prefix(prefix));
    if (!items)
        co_return std::unexpected(items.error());
    Metadata all;
    for (storage::Item& item : *items)
        all.emplace(item.key.substr(prefix.size()), std::move(item.value));
    co_return all;
}

Task<Outcome<void>> AccountImpl::set_metadata(MailboxId mailbox, std::vector<MetadataChange> changes)
{
    return on_owner(std::static_pointer_cast<AccountImpl>(shared_from_this()),
                    do_set_metadata(mailbox, std::move(changes)));
}

Task<Outcome<void>> AccountImpl::do_set_metadata(MailboxId mailbox, std::vector<MetadataChange> changes)
{
    auto held = co_await m_changing.lock();
    if (mailbox && known(mailbox) == nullptr)
        co_return base::fail(Fault::not_found, fmt::format("no mailbox {}", mailbox.value));
    auto before = co_await read_metadata(mailbox);
    if (!before)
        co_return std::unexpected(before.error());
    auto used = co_await m_engine.counter(layout::metadata_octets(m_id));
    if (!used)
        co_return std::unexpected(used.error());
    auto after = changed(*before, std::move(changes), *used);
    if (!after)
        co_return std::unexpected(after.error());
    Draft draft;
    draft_metadata(draft, mailbox, *before, *after);
    if (draft.entries.empty())
        co_return Outcome<void>{};
    auto modseq = co_await commit_change(std::move(draft));
    if (!modseq)
        co_return std::unexpected(modseq.error());
    co_return Outcome<void>{};
}

/// Writes what differs, and the log's note of it.
void AccountImpl::draft_metadata(Draft& draft, MailboxId mailbox, const Metadata& before,
                                 const Metadata& after) const
{
    const auto note = [&](const std::string& entry) {
        draft.entries.emplace_back(NameEntry{NameEntry::What::annotated, mailbox, entry});
    };
    for (const auto& [entry, value] : before) {
        if (after.contains(entry))
            continue;
        draft.batch.erase(layout::metadata(m_id, mailbox, entry));
        note(entry);
    }
    for (const auto& [entry, value] : after) {
        const auto old = before.find(entry);
        if (old != before.end() && old->second == value)
            continue;
        draft.batch.put(layout::metadata(m_id, mailbox, entry), value);
        note(entry);
    }
    const auto now = static_cast<std::int64_t>(octets_of(before));
    const auto then = static_cast<std::int64_t>(octets_of(after));
    if (then != now)
        draft.batch.add(layout::metadata_octets(m_id), then - now);
}

/// With the mailbox itself, whose annotations these are.
void AccountImpl::draft_metadata_removal(Draft& draft, MailboxId mailbox, const Metadata& all) const
{
    if (all.empty())
        return;
    const auto range = storage::Range::prefix(layout::metadata(m_id, mailbox, ""));
    draft.batch.erase_range(range.first, range.end);
    draft.batch.add(layout::metadata_octets(m_id), -static_cast<std::int64_t>(octets_of(all)));
}

/// rfc5464#4.1: INBOX keeps its annotations when it is renamed, and the new mailbox gets them too.
Task<Outcome<Metadata>> AccountImpl::metadata_to_copy(MailboxId from)
{
    auto all = co_await read_metadata(from);
    if (!all)
        co_return std::unexpected(all.error());
    auto used = co_await m_engine.counter(layout::metadata_octets(m_id));
    if (!used)
        co_return std::unexpected(used.error());
    const std::uint64_t octets = octets_of(*all);
    if (octets > 0 && *used + octets > max_metadata_octets)
        co_return base::fail(Fault::over_quota, fmt::format("annotations of {} octets", *used + octets));
    co_return std::move(*all);
}

} // namespace mansio::mailbox
