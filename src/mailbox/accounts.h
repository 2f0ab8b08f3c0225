#pragma once
#include "base/time.h"
#include "mailbox/account.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mansio::mailbox {

struct AccountsOptions {
    std::size_t max_cached = 10'000;      ///< accounts kept in memory while nobody uses them
    std::size_t checkpoint_after = 1'000; ///< log entries since the last checkpoint that make a new one
    std::uint32_t max_mailboxes = 10'000; ///< per account
    bool check_on_close = false; ///< run check_consistency whenever an account leaves the cache (tests)
};

/// All accounts of this process. Thread-safe.
class Accounts {
public:
    /// Account n is owned by owners[n % owners.size()]; all must outlive this.
    Accounts(storage::Engine& engine, std::vector<base::Executor*> owners, const base::Clock& clock,
             AccountsOptions options = {});
    ~Accounts();

    /// Opens or finds the account; makes the default mailboxes (INBOX Sent Drafts Trash Junk Archive) the
    /// first time. Doesn't ask whether the directory knows the id.
    Task<Outcome<std::shared_ptr<Account>>> open(AccountId id);
    /// Removes everything of an account: mailboxes, messages, log. Fault::not_found when that is done or
    /// under way already.
    Task<Outcome<void>> erase(AccountId id);
    /// Writes checkpoints of what changed and empties the cache of idle accounts: at shutdown.
    Task<Outcome<void>> flush();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// One broken invariant, in words.
struct Finding {
    AccountId account;
    std::string what;
};

/// Reads the whole account from the store (not from memory) and judges it. Invariants: see check.cc.
Task<Outcome<std::vector<Finding>>> check_consistency(storage::Engine& engine, AccountId id);
/// Adds how often this account's messages name each blob: `mansio check` compares the sum over accounts and
/// queue with the engine's counts.
Task<Outcome<void>> count_blob_references(storage::Engine& engine, AccountId id,
                                          std::map<storage::BlobId, std::int64_t>& references);
/// Ids of accounts that have a log.
Task<Outcome<std::vector<AccountId>>> list_accounts(storage::Engine& engine);

} // namespace mansio::mailbox
