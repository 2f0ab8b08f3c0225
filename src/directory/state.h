#pragma once
#include "directory/directory.h"
#include "directory/layout.h"
#include "directory/records.h"

#include <mutex>
#include <set>
#include <unordered_map>

namespace mansio::directory {

/// Passwords that were verified lately, as keyed digests: a client that logs in every minute costs one hash
/// in ten minutes. The digest covers account and stored hash, so a changed password is forgotten by itself.
/// Thread-safe.
class VerifiedCache {
public:
    VerifiedCache(std::chrono::seconds keep, const base::Clock& clock);
    bool has(base::AccountId id, std::string_view argon2, std::string_view password);
    void add(base::AccountId id, std::string_view argon2, std::string_view password);

private:
    std::string digest(base::AccountId id, std::string_view argon2, std::string_view password) const;

    static constexpr std::size_t max_entries = 100'000; ///< one per account, 64 bytes each
    std::chrono::seconds m_keep;
    const base::Clock& m_clock;
    std::string m_key;
    struct Entry {
        std::string digest;
        base::Seconds until;
    };
    std::mutex m_mutex;
    std::unordered_map<base::AccountId, Entry> m_entries;
};

struct Directory::State {
    storage::Engine& engine;
    const base::Clock& clock;
    Hasher hasher;
    DirectorySettings settings;
    VerifiedCache cache;
    std::string dummy_hash; ///< what an unknown user's password is compared with: the same work
    Records records{engine};

    /// A record by key, decoded; nullopt where absent.
    Task<Outcome<std::optional<Account>>> account_by_id(base::AccountId id);
    Task<Outcome<std::optional<Account>>> account_by_address(std::string normal);
    Task<Outcome<std::optional<Alias>>> alias(std::string normal);
    Task<Outcome<std::optional<Domain>>> domain(std::string name);
    Task<Outcome<Credentials>> credentials(base::AccountId id);

    /// Gives the account the next id and commits it; Fault::conflict when the address or that id is taken.
    Task<Outcome<base::AccountId>> add(Account account, Credentials credentials);
    /// Whether an account or alias has this address.
    Task<Outcome<bool>> is_taken(std::string normal);
    Task<Outcome<Credentials>> make_credentials(std::string password, bool keep_secret);
    /// Reads the account, lets `edit` change it, writes it if nobody else did meanwhile.
    Task<Outcome<void>> edit_account(std::string address, std::function<void(Account&)> edit);

    /// Follows account, alias, detail and catch-all (see Directory::locate). Adds to `destination`; false
    /// when nobody takes the address.
    struct Search {
        Destination destination;
        std::set<std::string> seen;
    };
    Task<Outcome<bool>> follow(std::string address, std::size_t depth, Search& search);
    Task<Outcome<bool>> follow_exact(std::string normal, std::string detail, std::size_t depth,
                                     Search& search);
    Task<Outcome<std::string>> postmaster();
};

} // namespace mansio::directory
