// Checkpoints: heads and pages of what changed, so that opening an account replays a short log.
#include "base/bytes.h"
#include "mailbox/account_impl.h"
#include "mailbox/layout.h"

namespace mansio::mailbox {

Task<Outcome<void>> AccountImpl::checkpoint()
{
    return on_owner(std::static_pointer_cast<AccountImpl>(shared_from_this()), do_checkpoint());
}

Task<Outcome<void>> AccountImpl::do_checkpoint()
{
    // Nobody removes a mailbox or the account meanwhile: its pages would come back.
    auto held = co_await m_changing.lock();
    if (m_retired)
        co_return Outcome<void>{};
    m_checkpointing = true;
    std::vector<MailboxId> behind; // changes nobody has read the index for
    for (const auto& [mailbox, entries] : m_tail)
        behind.push_back(mailbox);
    for (const MailboxId mailbox : behind) {
        if (known(mailbox) == nullptr) {
            m_tail.erase(mailbox);
            continue;
        }
        auto target = co_await loaded(mailbox);
        if (!target && target.error().fault != base::Fault::not_found) {
            m_checkpointing = false;
            co_return std::unexpected(target.error());
        }
    }
    // From here to the commit nothing waits: all indexes are at m_published.
    storage::Batch batch;
    std::vector<std::pair<MailboxId, Index::PageChanges>> written;
    for (const auto& [mailbox, target] : m_loaded) {
        Index::PageChanges changes = target->index.page_changes();
        for (auto& [first, page] : changes.put)
            batch.put(layout::page(m_id, mailbox, first), std::move(page));
        for (const Uid first : changes.erase)
            batch.erase(layout::page(m_id, mailbox, first));
        batch.put(layout::head(m_id, mailbox), target->index.head());
        written.emplace_back(mailbox, std::move(changes));
    }
    batch.put(layout::checkpoint(m_id), base::Writer().u64(m_published).take());
    // A failed commit uses its number up here but not in the store. Without this the next process would give
    // that number to a change, and think that the checkpoint has it already.
    batch.raise(layout::modseq(m_id), m_published);
    const std::size_t covered = m_changes_since_checkpoint;
    auto committed = co_await m_engine.commit(std::move(batch));
    co_await base::resume_on(m_owner);
    m_checkpointing = false;
    if (!committed)
        co_return std::unexpected(committed.error());
    for (auto& [mailbox, changes] : written)
        if (const auto found = m_loaded.find(mailbox); found != m_loaded.end())
            found->second->index.page_changes_stored(std::move(changes));
    m_changes_since_checkpoint -= covered;
    co_return Outcome<void>{};
}

} // namespace mansio::mailbox
