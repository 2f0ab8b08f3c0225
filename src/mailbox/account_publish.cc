// Reserve, commit, publish: the order in which changes become visible, and who is told.
#include "base/log.h"
#include "mailbox/account_impl.h"
#include "mailbox/layout.h"

#include <algorithm>

namespace mansio::mailbox {

class WatchImpl final : public Account::Watch {
public:
    WatchImpl(std::shared_ptr<AccountImpl::Watchers> watchers, std::shared_ptr<AccountImpl::Watcher> own)
        : m_watchers(std::move(watchers))
        , m_own(std::move(own))
    {
    }
    ~WatchImpl() override
    {
        std::lock_guard lock(m_watchers->mutex);
        std::erase(m_watchers->list, m_own);
    }

private:
    std::shared_ptr<AccountImpl::Watchers> m_watchers;
    std::shared_ptr<AccountImpl::Watcher> m_own;
};

std::unique_ptr<Account::Watch> AccountImpl::watch(MailboxId mailbox, base::Signal& signal)
{
    auto own = std::make_shared<Watcher>(Watcher{mailbox, &signal});
    std::lock_guard lock(m_watchers->mutex);
    m_watchers->list.push_back(own);
    return std::make_unique<WatchImpl>(m_watchers, std::move(own));
}

void AccountImpl::notify(MailboxId mailbox)
{
    std::lock_guard lock(m_watchers->mutex);
    for (const auto& watcher : m_watchers->list)
        if (!watcher->mailbox || watcher->mailbox == mailbox)
            watcher->signal->raise();
}

ModSeq AccountImpl::reserve_change(std::vector<Entry> entries, Usage added)
{
    const ModSeq modseq = ++m_modseq;
    for (Entry& entry : entries)
        if (auto* appended = std::get_if<AppendEntry>(&entry))
            for (Message& message : appended->messages)
                message.modseq = modseq;
    m_usage.bytes += added.bytes;
    m_usage.messages += added.messages;
    m_pending[modseq] = Pending{Change{modseq, std::move(entries)}, added};
    return modseq;
}

void AccountImpl::resolve(ModSeq modseq, bool committed)
{
    Pending& own = m_pending.at(modseq);
    own.resolved = true;
    own.committed = committed;
    while (!m_pending.empty() && m_pending.begin()->second.resolved) {
        auto first = m_pending.extract(m_pending.begin());
        Pending& pending = first.mapped();
        m_published = first.key();
        if (pending.committed) {
            apply(pending.change);
            ++m_changes_since_checkpoint;
        } else {
            m_usage.bytes -= pending.added.bytes;
            m_usage.messages -= pending.added.messages;
        }
    }
    for (const Settler& settler : m_settlers)
        if (settler.modseq <= m_published)
            settler.settled.set(true);
    std::erase_if(m_settlers, [&](const Settler& settler) { return settler.modseq <= m_published; });
    start_checkpoint_if_due();
}

Task<void> AccountImpl::settled(ModSeq modseq)
{
    if (modseq <= m_published)
        co_return;
    const base::Promise<bool> promise;
    tell_settled(modseq, promise);
    co_await promise.wait();
}

void AccountImpl::tell_settled(ModSeq modseq, base::Promise<bool> settled)
{
    if (modseq <= m_published)
        settled.set(true);
    else
        m_settlers.push_back({modseq, std::move(settled)});
}

const ViewPtr& AccountImpl::Loaded::view()
{
    if (!current)
        current = index.snapshot();
    return current;
}

void AccountImpl::apply(const Change& change)
{
    for (const Entry& entry : change.entries) {
        const MailboxId mailbox = mailbox_of(entry);
        if (const auto found = m_loaded.find(mailbox); found != m_loaded.end()) {
            found->second->index.apply(entry, change.modseq);
            found->second->current = nullptr;
            m_board.take_away(mailbox);
        } else {
            m_tail[mailbox].emplace_back(change.modseq, entry);
        }
    }
    for (const Entry& entry : change.entries)
        notify(mailbox_of(entry));
}

Task<Outcome<void>> AccountImpl::retire()
{
    return on_owner(std::static_pointer_cast<AccountImpl>(shared_from_this()), do_retire());
}

Task<Outcome<void>> AccountImpl::do_retire()
{
    auto held = co_await m_changing.lock();
    if (m_retired) // erasing twice would drop the blobs' references twice
        co_return base::fail(base::Fault::not_found, "the account was removed");
    m_retired = true;
    co_await settled(m_modseq);
    co_return Outcome<void>{};
}

Task<Outcome<ModSeq>> AccountImpl::commit_change(Draft draft)
{
    if (m_retired)
        co_return base::fail(base::Fault::not_found, "the account was removed");
    const ModSeq modseq = reserve_change(std::move(draft.entries), draft.added);
    draft.batch.put(layout::change(m_id, modseq), encode(m_pending.at(modseq).change));
    draft.batch.raise(layout::modseq(m_id), modseq);
    auto committed = co_await m_engine.commit(std::move(draft.batch));
    co_await base::resume_on(m_owner);
    resolve(modseq, committed.has_value());
    if (!committed)
        co_return std::unexpected(committed.error());
    co_await settled(modseq);
    co_return modseq;
}

namespace {

Task<void> run_checkpoint(std::shared_ptr<AccountImpl> self)
{
    auto done = co_await self->checkpoint();
    if (!done) // it is derived: the log has everything, the next one tries again
        base::log(base::Level::warning, "store", "checkpoint failed", {{"cause", done.error().cause}});
}

} // namespace

void AccountImpl::start_checkpoint_if_due()
{
    if (m_retired || m_checkpointing || m_changes_since_checkpoint < m_options.checkpoint_after)
        return;
    m_checkpointing = true;
    auto self = std::static_pointer_cast<AccountImpl>(shared_from_this());
    base::spawn(m_owner, run_checkpoint(std::move(self)), "checkpoint");
}

} // namespace mansio::mailbox
