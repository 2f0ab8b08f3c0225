#include "mailbox/accounts.h"

#include "base/log.h"
#include "mailbox/account_impl.h"
#include "mailbox/layout.h"

#include <mutex>
#include <unordered_map>

namespace mansio::mailbox {

struct Accounts::State {
    struct Slot {
        base::AsyncMutex opening;
        std::shared_ptr<AccountImpl> account; ///< null until opened
    };

    storage::Engine& engine;
    std::vector<base::Executor*> owners;
    const base::Clock& clock;
    AccountsOptions options;
    std::mutex mutex;
    std::unordered_map<AccountId, std::shared_ptr<Slot>> slots;

    std::shared_ptr<Slot> slot(AccountId id)
    {
        std::lock_guard lock(mutex);
        if (slots.size() >= options.max_cached)
            forget_idle();
        auto& slot = slots[id];
        if (!slot)
            slot = std::make_shared<Slot>();
        return slot;
    }

    /// Drops accounts nobody holds, a quarter of the cache at most. The log has everything.
    void forget_idle()
    {
        std::size_t left = options.max_cached / 4 + 1;
        for (auto at = slots.begin(); at != slots.end() && left > 0;) {
            const bool idle =
                at->second.use_count() == 1 && at->second->account && at->second->account.use_count() == 1;
            left -= idle ? 1 : 0;
            at = idle ? slots.erase(at) : std::next(at);
        }
    }
};

Accounts::Accounts(storage::Engine& engine, std::vector<base::Executor*> owners, const base::Clock& clock,
                   AccountsOptions options)
    : m_state(new State{engine, std::move(owners), clock, options, {}, {}})
{
}

Accounts::~Accounts() = default;

Task<Outcome<std::shared_ptr<Account>>> Accounts::open(AccountId id)
{
    auto slot = m_state->slot(id);
    auto held = co_await slot->opening.lock();
    if (slot->account)
        co_return slot->account;
    base::Executor& owner = *m_state->owners[id.value % m_state->owners.size()];
    auto account =
        std::make_shared<AccountImpl>(id, m_state->engine, owner, m_state->clock, m_state->options);
    auto opened = co_await on_owner(account, account->open());
    if (!opened)
        co_return std::unexpected(opened.error());
    slot->account = account;
    co_return account;
}

Task<Outcome<void>> Accounts::erase(AccountId id)
{
    auto opened = co_await open(id);
    if (!opened)
        co_return std::unexpected(opened.error());
    auto retired = co_await std::static_pointer_cast<AccountImpl>(*opened)->retire();
    if (!retired)
        co_return retired;
    auto account = std::move(opened);
    auto names = co_await (*account)->list();
    if (!names)
        co_return std::unexpected(names.error());
    storage::Batch batch;
    for (const MailboxInfo& info : (*names)->mailboxes) {
        auto view = co_await (*account)->view(info.id);
        if (!view)
            co_return std::unexpected(view.error());
        for (std::size_t index = 0; index < (*view)->size(); ++index)
            batch.ref_blob((*view)->at(index).blob, -1);
    }
    const storage::Range all = layout::everything(id);
    batch.erase_range(all.first, all.end);
    auto committed = co_await m_state->engine.commit(std::move(batch));
    if (committed) // it stays in the cache: a delivery that comes late must not make the account anew
        co_return Outcome<void>{};
    std::lock_guard lock(m_state->mutex);
    m_state->slots.erase(id);
    co_return std::unexpected(committed.error());
}

Task<Outcome<void>> Accounts::flush()
{
    std::vector<std::shared_ptr<AccountImpl>> open;
    {
        std::lock_guard lock(m_state->mutex);
        for (const auto& [id, slot] : m_state->slots)
            if (slot->account)
                open.push_back(slot->account);
        m_state->slots.clear();
    }
    Outcome<void> result;
    for (const auto& account : open) {
        if (!account->needs_checkpoint())
            continue;
        auto done = co_await account->checkpoint();
        if (!done)
            result = done;
        if (m_state->options.check_on_close) {
            auto findings = co_await check_consistency(m_state->engine, account->id());
            if (findings && !findings->empty())
                co_return base::fail(base::Fault::corrupt, findings->front().what);
        }
    }
    co_return result;
}

} // namespace mansio::mailbox
