// Opening an account: its records, the log since the checkpoint, and indexes when first asked for.
#include "base/bytes.h"
#include "base/log.h"
#include "mailbox/account_impl.h"
#include "mailbox/layout.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::mailbox {
namespace {

constexpr std::pair<const char*, SpecialUse> default_mailboxes[] = {
    {"INBOX", SpecialUse::inbox}, {"Sent", SpecialUse::sent}, {"Drafts", SpecialUse::drafts},
    {"Trash", SpecialUse::trash}, {"Junk", SpecialUse::junk}, {"Archive", SpecialUse::archive}};

Outcome<MailboxInfo> decode_record(const storage::Item& item)
{
    base::Reader in(item.value);
    MailboxInfo info;
    info.id.value = static_cast<std::uint32_t>(layout::number_at_end(item.key, 4));
    info.name = in.string();
    info.use = static_cast<SpecialUse>(in.u8());
    info.uid_validity = in.u32();
    if (!in.done())
        return base::fail(base::Fault::corrupt, fmt::format("mailbox record {} is broken", info.id.value));
    return info;
}

} // namespace

AccountImpl::AccountImpl(AccountId id, storage::Engine& engine, base::Executor& owner,
                         const base::Clock& clock, const AccountsOptions& options)
    : m_id(id)
    , m_engine(engine)
    , m_owner(owner)
    , m_clock(clock)
    , m_options(options)
{
}

AccountImpl::~AccountImpl() = default;

Task<Outcome<void>> AccountImpl::open()
{
    auto record = co_await m_engine.get(layout::record(m_id));
    if (!record)
        co_return std::unexpected(record.error());
    if (!*record) {
        auto made = co_await make_default_mailboxes();
        if (!made && made.error().fault != base::Fault::conflict) // conflict: another node made them just now
            co_return made;
    }
    auto names = co_await read_names();
    if (!names)
        co_return names;
    co_return co_await read_tail();
}

Task<Outcome<void>> AccountImpl::make_default_mailboxes()
{
    Draft draft;
    MailboxList names;
    for (const auto& [name, use] : default_mailboxes) {
        add_mailbox(draft, names, name, use);
        draft.batch.put(layout::subscription(m_id, name), "");
    }
    draft.batch.expect(layout::record(m_id), std::nullopt);
    draft.batch.put(layout::record(m_id),
                    base::Writer().u64(static_cast<std::uint64_t>(m_clock.now())).take());
    draft.batch.put(layout::change(m_id, 1), encode(Change{1, std::move(draft.entries)}));
    draft.batch.raise(layout::modseq(m_id), 1);
    auto committed = co_await m_engine.commit(std::move(draft.batch));
    if (!committed)
        co_return std::unexpected(committed.error());
    co_return Outcome<void>{};
}

Task<Outcome<void>> AccountImpl::read_names()
{
    auto records = co_await scan_all(m_engine, storage::Range::prefix(layout::account(m_id, 'n')));
    if (!records)
        co_return std::unexpected(records.error());
    MailboxList names;
    for (const storage::Item& item : *records) {
        auto info = decode_record(item);
        if (!info)
            co_return std::unexpected(info.error());
        names.mailboxes.push_back(std::move(*info));
    }
    auto subscriptions = co_await scan_all(m_engine, storage::Range::prefix(layout::account(m_id, 'u')));
    if (!subscriptions)
        co_return std::unexpected(subscriptions.error());
    const std::size_t prefix = layout::account(m_id, 'u').size();
    for (const storage::Item& item : *subscriptions)
        names.subscriptions.push_back(item.key.substr(prefix));
    adopt(std::move(names));
    co_return Outcome<void>{};
}

Task<Outcome<void>> AccountImpl::read_tail()
{
    struct Counter {
        std::string key;
        std::uint64_t value = 0;
    };
    Counter counters[] = {{layout::modseq(m_id)},
                          {layout::last_mailbox_id(m_id)},
                          {layout::last_uid_validity(m_id)},
                          {layout::used_bytes(m_id)},
                          {layout::used_messages(m_id)}};
    for (Counter& counter : counters) {
        auto value = co_await m_engine.counter(counter.key);
        if (!value)
            co_return std::unexpected(value.error());
        counter.value = *value;
    }
    m_modseq = counters[0].value;
    m_last_mailbox = static_cast<std::uint32_t>(counters[1].value);
    m_last_uid_validity = static_cast<std::uint32_t>(counters[2].value);
    m_usage = {counters[3].value, counters[4].value};

    auto checkpoint = co_await m_engine.get(layout::checkpoint(m_id));
    if (!checkpoint)
        co_return std::unexpected(checkpoint.error());
    const ModSeq since = *checkpoint ? base::Reader(**checkpoint).u64() : 0;
    m_modseq = std::max(m_modseq, since); // numbers that failed commits used up
    const storage::Range rest{layout::change(m_id, since + 1),
                              storage::Range::prefix(layout::account(m_id, 'l')).end};
    auto changes = co_await scan_all(m_engine, rest);
    if (!changes)
        co_return std::unexpected(changes.error());
    for (const storage::Item& item : *changes) {
        auto change = decode_change(layout::number_at_end(item.key, 8), item.value);
        if (!change)
            co_return std::unexpected(change.error());
        m_modseq = std::max(m_modseq, change->modseq);
        for (Entry& entry : change->entries) {
            const MailboxId mailbox = mailbox_of(entry);
            m_tail[mailbox].emplace_back(change->modseq, std::move(entry));
        }
    }
    m_changes_since_checkpoint = changes->size();
    m_published = m_modseq;
    co_return Outcome<void>{};
}

Task<Outcome<void>> AccountImpl::read_index(Index& index)
{
    const MailboxId mailbox = index.now().mailbox();
    auto head = co_await m_engine.get(layout::head(m_id, mailbox));
    if (!head)
        co_return std::unexpected(head.error());
    if (*head) {
        auto loaded = index.load_head(**head);
        if (!loaded)
            co_return loaded;
    }
    auto pages = co_await scan_all(m_engine, storage::Range::prefix(layout::mailbox(m_id, 'p', mailbox)));
    if (!pages)
        co_return std::unexpected(pages.error());
    for (const storage::Item& item : *pages) {
        auto loaded = index.load_page(item.value);
        if (!loaded)
            co_return loaded;
    }
    co_return Outcome<void>{};
}

namespace {

/// The whole log of one mailbox, when its checkpoint can't be read.
Task<Outcome<void>> replay_everything(storage::Engine& engine, AccountId id, Index& index)
{
    auto changes = co_await scan_all(engine, storage::Range::prefix(layout::account(id, 'l')));
    if (!changes)
        co_return std::unexpected(changes.error());
    for (const storage::Item& item : *changes) {
        auto change = decode_change(layout::number_at_end(item.key, 8), item.value);
        if (!change)
            co_return std::unexpected(change.error());
        for (const Entry& entry : change->entries)
            if (mailbox_of(entry) == index.now().mailbox())
                index.apply(entry, change->modseq);
    }
    co_return Outcome<void>{};
}

} // namespace

Task<Outcome<AccountImpl::Loaded*>> AccountImpl::loaded(MailboxId mailbox)
{
    const auto gone = [&] {
        return base::fail(base::Fault::not_found, fmt::format("no mailbox {}", mailbox.value));
    };
    if (known(mailbox) == nullptr) // also one that is being removed, whose index is still here
        co_return gone();
    if (const auto found = m_loaded.find(mailbox); found != m_loaded.end())
        co_return found->second.get();
    auto held = co_await m_loading.lock();
    const MailboxInfo* info = known(mailbox);
    if (info == nullptr)
        co_return gone();
    if (const auto found = m_loaded.find(mailbox); found != m_loaded.end())
        co_return found->second.get();
    const std::uint32_t uid_validity = info->uid_validity;

    auto fresh = std::make_unique<Loaded>(Loaded{Index(mailbox, uid_validity), nullptr});
    auto read = co_await read_index(fresh->index);
    if (!read && read.error().fault == base::Fault::corrupt) {
        base::log(base::Level::error, "store", "checkpoint is broken: replaying the log",
                  {{"account", std::to_string(m_id.value)}, {"cause", read.error().cause}});
        *fresh = Loaded{Index(mailbox, uid_validity), nullptr};
        read = co_await replay_everything(m_engine, m_id, fresh->index);
    }
    if (!read)
        co_return std::unexpected(read.error());
    auto uid_next = co_await m_engine.counter(layout::uid_next(m_id, mailbox));
    if (!uid_next)
        co_return std::unexpected(uid_next.error());
    // From here to the insertion nothing waits, so no change can be published in between and be missed.
    if (const auto tail = m_tail.extract(mailbox); !tail.empty())
        for (const auto& [modseq, entry] : tail.mapped())
            fresh->index.apply(entry, modseq);
    fresh->index.raise_uid_next(static_cast<Uid>(*uid_next));
    co_return m_loaded.emplace(mailbox, std::move(fresh)).first->second.get();
}

} // namespace mansio::mailbox
