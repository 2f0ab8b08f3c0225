// CREATE, RENAME, DELETE, SUBSCRIBE: the account's names.
#include "base/bytes.h"
#include "mailbox/account_impl.h"
#include "mailbox/layout.h"
#include "mailbox/names.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace mansio::mailbox {

using base::Fault;

void AccountImpl::adopt(MailboxList names)
{
    const auto inbox_first = [](const MailboxInfo& info) {
        return std::pair(info.name != "INBOX", info.name);
    };
    std::ranges::sort(names.mailboxes, {}, inbox_first);
    std::ranges::sort(names.subscriptions);
    show_names(std::make_shared<const MailboxList>(std::move(names)));
}

/// Whoever watches the account was told when the change was published, a moment before its names are shown.
void AccountImpl::show_names(MailboxListPtr names)
{
    m_names = std::move(names);
    m_board.show(m_names);
    notify(MailboxId{});
}

void AccountImpl::put_record(storage::Batch& batch, const MailboxInfo& info) const
{
    base::Writer out;
    out.string(info.name).u8(static_cast<std::uint8_t>(info.use)).u32(info.uid_validity);
    batch.put(layout::name(m_id, info.id), out.take());
}

MailboxInfo AccountImpl::add_mailbox(Draft& draft, MailboxList& names, std::string name, SpecialUse use)
{
    MailboxInfo info{MailboxId{++m_last_mailbox}, std::move(name), use, 0};
    m_last_uid_validity = std::max(m_last_uid_validity + 1, static_cast<std::uint32_t>(m_clock.now()));
    info.uid_validity = m_last_uid_validity;
    put_record(draft.batch, info);
    draft.batch.raise(layout::last_mailbox_id(m_id), info.id.value);
    draft.batch.raise(layout::last_uid_validity(m_id), info.uid_validity);
    draft.entries.emplace_back(NameEntry{NameEntry::What::created, info.id, info.name});
    names.mailboxes.push_back(info);
    return info;
}

Outcome<void> AccountImpl::add_missing(Draft& draft, MailboxList& names, const std::string& name,
                                       SpecialUse use)
{
    for (std::string& parent : parents_of(name))
        if (names.find(parent) == nullptr)
            add_mailbox(draft, names, std::move(parent), SpecialUse::none);
    add_mailbox(draft, names, name, use);
    if (names.mailboxes.size() > m_options.max_mailboxes)
        return base::fail(Fault::too_large, "too many mailboxes");
    return {};
}

Task<Outcome<MailboxListPtr>> AccountImpl::list()
{
    co_return m_board.names();
}

Task<Outcome<MailboxInfo>> AccountImpl::create(std::string name, SpecialUse use)
{
    return on_owner(std::static_pointer_cast<AccountImpl>(shared_from_this()),
                    do_create(std::move(name), use));
}

Task<Outcome<MailboxInfo>> AccountImpl::do_create(std::string name, SpecialUse use)
{
    auto normal = normalise_name(name);
    if (!normal)
        co_return std::unexpected(normal.error());
    auto held = co_await m_changing.lock();
    if (m_names->find(*normal) != nullptr)
        co_return base::fail(Fault::exists, "mailbox exists");
    if (use != SpecialUse::none && m_names->find(use) != nullptr)
        co_return base::fail(Fault::refused, "special use is taken"); // rfc6154#3: [USEATTR]
    Draft draft;
    MailboxList names = *m_names;
    auto added = add_missing(draft, names, *normal, use);
    if (!added)
        co_return std::unexpected(added.error());
    const MailboxInfo info = names.mailboxes.back();
    auto modseq = co_await commit_change(std::move(draft));
    if (!modseq)
        co_return std::unexpected(modseq.error());
    names.subscriptions = m_names->subscriptions;
    adopt(std::move(names));
    co_return info;
}

Task<Outcome<void>> AccountImpl::rename(std::string from, std::string to)
{
    return on_owner(std::static_pointer_cast<AccountImpl>(shared_from_this()),
                    do_rename(std::move(from), std::move(to)));
}

Task<Outcome<void>> AccountImpl::do_rename(std::string from, std::string to)
{
    auto normal = normalise_name(to);
    if (!normal)
        co_return std::unexpected(normal.error());
    auto held = co_await m_changing.lock();
    const MailboxInfo* source = m_names->find(from);
    if (source == nullptr)
        co_return base::fail(Fault::not_found, "no such mailbox");
    if (m_names->find(*normal) != nullptr)
        co_return base::fail(Fault::exists, "mailbox exists");
    if (source->use == SpecialUse::inbox)
        co_return co_await rename_inbox(*normal);
    if (is_below(*normal, source->name))
        co_return base::fail(Fault::refused, "a mailbox can't move below itself");

    Draft draft;
    MailboxList names = *m_names;
    const std::string old = source->name;
    for (std::string& parent : parents_of(*normal))
        if (names.find(parent) == nullptr)
            add_mailbox(draft, names, std::move(parent), SpecialUse::none);
    for (MailboxInfo& info : names.mailboxes) {
        if (info.name != old && !is_below(info.name, old))
            continue;
        info.name = *normal + info.name.substr(old.size());
        if (info.name.size() > max_name_size)
            co_return base::fail(Fault::invalid, "a child's name would be too long");
        put_record(draft.batch, info);
        draft.entries.emplace_back(NameEntry{NameEntry::What::renamed, info.id, info.name});
    }
    auto modseq = co_await commit_change(std::move(draft));
    if (!modseq)
        co_return std::unexpected(modseq.error());
    adopt(std::move(names));
    co_return Outcome<void>{};
}

/// rfc9051#6.3.6: the messages move to a new mailbox, INBOX stays, empty. All in one commit: a crash must not
/// leave the new mailbox without them.
Task<Outcome<void>> AccountImpl::rename_inbox(std::string to)
{
    const MailboxId inbox = m_names->find(SpecialUse::inbox)->id;
    auto source = co_await loaded(inbox);
    if (!source)
        co_return std::unexpected(source.error());
    const ViewPtr view = (*source)->view();
    std::vector<Uid> uids;
    for (std::size_t i = 0; i < view->size(); ++i)
        uids.push_back(view->at(i).uid);
    auto forms = co_await read_forms(inbox, uids);
    if (!forms)
        co_return std::unexpected(forms.error());
    auto annotations = co_await metadata_to_copy(inbox);
    if (!annotations)
        co_return std::unexpected(annotations.error());

    Draft draft; // from here to the reservation nothing waits: UIDs and modseqs keep the same order
    MailboxList names = *m_names;
    auto added = add_missing(draft, names, to, SpecialUse::none);
    if (!added)
        co_return added;
    auto moved = draft_move_all(draft, names.mailboxes.back(), *view, std::move(*forms));
    if (!moved)
        co_return moved;
    draft_metadata(draft, names.mailboxes.back().id, {}, *annotations);
    auto modseq = co_await commit_change(std::move(draft));
    if (!modseq)
        co_return std::unexpected(modseq.error());
    adopt(std::move(names));
    co_return Outcome<void>{};
}

/// Into a mailbox that this same draft makes.
Outcome<void> AccountImpl::draft_move_all(Draft& draft, const MailboxInfo& target, const View& source,
                                          std::vector<std::string> forms)
{
    if (source.size() == 0)
        return {};
    std::vector<std::size_t> all(source.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    Loaded fresh{Index(target.id, target.uid_validity),
                 nullptr}; // nobody knows it yet: read anew when asked for
    auto copied = draft_copy(draft, fresh, source, all, std::move(forms), References::stay);
    if (!copied)
        return std::unexpected(copied.error());
    draft_removal(draft, source, all, References::stay);
    return {};
}

Task<Outcome<void>> AccountImpl::remove(std::string name)
{
    return on_owner(std::static_pointer_cast<AccountImpl>(shared_from_this()), do_remove(std::move(name)));
}

Task<Outcome<void>> AccountImpl::do_remove(std::string name)
{
    auto held = co_await m_changing.lock();
    const MailboxInfo* found = m_names->find(name);
    if (found == nullptr || m_retired) // Accounts::erase() must not miss a mailbox on its way out
        co_return base::fail(Fault::not_found, "no such mailbox");
    if (found->use == SpecialUse::inbox)
        co_return base::fail(Fault::refused, "INBOX can't be deleted");
    const MailboxInfo info = *found;
    for (const MailboxInfo& other : m_names->mailboxes)
        if (is_below(other.name, info.name))
            co_return base::fail(Fault::refused, "the mailbox has children");
    auto target = co_await loaded(info.id);
    if (!target)
        co_return std::unexpected(target.error());
    auto annotations = co_await read_metadata(info.id);
    if (!annotations)
        co_return std::unexpected(annotations.error());

    const MailboxListPtr before = m_names;
    MailboxList names = *m_names;
    std::erase_if(names.mailboxes, [&](const MailboxInfo& other) { return other.id == info.id; });
    adopt(names);               // no new append finds it any more,
    co_await settled(m_modseq); // and those on their way have landed

    Draft draft;
    const View& view = (*target)->index.now();
    std::vector<std::size_t> all(view.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = i;
    draft_removal(draft, view, all);
    draft.entries.emplace_back(NameEntry{NameEntry::What::removed, info.id, info.name});
    draft.batch.erase(layout::name(m_id, info.id));
    draft.batch.erase(layout::uid_next(m_id, info.id));
    draft.batch.erase(layout::head(m_id, info.id));
    const auto pages = storage::Range::prefix(layout::mailbox(m_id, 'p', info.id));
    draft.batch.erase_range(pages.first, pages.end);
    draft_metadata_removal(draft, info.id, *annotations);
    auto modseq = co_await commit_change(std::move(draft));
    if (!modseq) {
        show_names(before);
        co_return std::unexpected(modseq.error());
    }
    m_loaded.erase(info.id);
    m_tail.erase(info.id);
    co_return Outcome<void>{};
}

Task<Outcome<void>> AccountImpl::subscribe(std::string name, bool subscribed)
{
    return on_owner(std::static_pointer_cast<AccountImpl>(shared_from_this()),
                    do_subscribe(std::move(name), subscribed));
}

Task<Outcome<void>> AccountImpl::do_subscribe(std::string name, bool subscribed)
{
    auto normal = normalise_name(name);
    if (!normal)
        co_return std::unexpected(normal.error());
    auto held = co_await m_changing.lock();
    if (m_names->subscribed(*normal) == subscribed)
        co_return Outcome<void>{};
    constexpr std::size_t per_mailbox = 2; // names of mailboxes long gone must not pile up without end
    if (subscribed && m_names->subscriptions.size() >= m_options.max_mailboxes * per_mailbox)
        co_return base::fail(Fault::too_large, "too many subscriptions");
    Draft draft;
    const std::string key = layout::subscription(m_id, *normal);
    if (subscribed)
        draft.batch.put(key, "");
    else
        draft.batch.erase(key);
    const MailboxInfo* info = m_names->find(*normal);
    const auto what = subscribed ? NameEntry::What::subscribed : NameEntry::What::unsubscribed;
    draft.entries.emplace_back(NameEntry{what, info ? info->id : MailboxId{}, *normal});
    auto modseq = co_await commit_change(std::move(draft));
    if (!modseq)
        co_return std::unexpected(modseq.error());
    MailboxList names = *m_names;
    if (subscribed)
        names.subscriptions.push_back(*normal);
    else
        std::erase(names.subscriptions, *normal);
    adopt(std::move(names));
    co_return Outcome<void>{};
}

} // namespace mansio::mailbox
