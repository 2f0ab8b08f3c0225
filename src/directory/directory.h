#pragma once
#include "base/ids.h"
#include "base/outcome.h"
#include "base/scram.h"
#include "base/task.h"
#include "base/time.h"
#include "storage/engine.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mansio::directory {

using base::AccountId;
using base::Outcome;
using base::ScramCredentials;
using base::Task;

struct Domain {
    std::string name;                     ///< lower case, A-labels or UTF-8 as given
    std::optional<std::string> catch_all; ///< address that takes what nobody else does
};

enum class AccountState : std::uint8_t { active, disabled };

struct Account {
    AccountId id;
    std::string address; ///< primary, lower case: also the login name
    AccountState state = AccountState::active;
    std::string display_name;
    std::uint64_t quota_bytes = 0;    ///< 0: no limit
    std::uint64_t quota_messages = 0; ///< 0: no limit
    bool has_recoverable_secret = false;
    base::Seconds created = 0;
};

struct Alias {
    std::string address;              ///< lower case
    std::vector<std::string> targets; ///< addresses, local or remote
};

/// Where mail for an address goes.
struct LocalTarget {
    AccountId account;
    std::string address; ///< the account's primary address
    std::string detail;  ///< after the recipient delimiter: "tag" of user+tag, else ""
};
struct Destination {
    std::vector<LocalTarget> local;
    std::vector<std::string> remote; ///< addresses an alias sends on to
};

struct DirectorySettings {
    std::string recipient_delimiter = "+";
    unsigned argon2_passes = 2; ///< with 19 MiB: the least OWASP asks for, about 50 ms
    unsigned argon2_memory_kib = 19 * 1024;
    unsigned argon2_lanes = 1;
    unsigned scram_iterations = 4096;    ///< rfc7677#4
    std::chrono::seconds cache_for{600}; ///< a verified password is taken again without hashing
    std::size_t max_alias_depth = 10;
};

/// Runs blocking work off the loops and hands the result back on the caller's executor.
using Hasher = std::function<Task<void>(std::move_only_function<void()>)>;
/// For tests and the CLI: runs it in place.
Hasher inline_hasher();

class Directory {
public:
    Directory(storage::Engine& engine, const base::Clock& clock, Hasher hasher, DirectorySettings settings);
    ~Directory();

    // Domains
    Task<Outcome<void>> add_domain(std::string name);
    Task<Outcome<void>> remove_domain(std::string name); ///< Fault::refused while it has accounts or aliases
    Task<Outcome<void>> set_catch_all(std::string domain, std::optional<std::string> address);
    Task<Outcome<std::vector<Domain>>> list_domains();
    Task<Outcome<bool>> is_local_domain(std::string name);

    // Accounts. Addresses compare without case; "user@domain".
    struct NewAccount {
        std::string address;
        std::string password;
        std::string display_name;
        std::uint64_t quota_bytes = 0;
        std::uint64_t quota_messages = 0;
        bool keep_recoverable_secret = false;
    };
    Task<Outcome<AccountId>> add_account(NewAccount account); ///< its domain must be local
    Task<Outcome<void>> remove_account(std::string address);  ///< the mail itself: mailbox::Accounts::erase
    Task<Outcome<void>> set_password(std::string address, std::string password, bool keep_recoverable_secret);
    Task<Outcome<void>> set_state(std::string address, AccountState state);
    Task<Outcome<void>> set_quota(std::string address, std::uint64_t bytes, std::uint64_t messages);
    Task<Outcome<std::optional<Account>>> find_account(std::string address); ///< by primary address
    Task<Outcome<std::optional<Account>>> find_account(AccountId id);
    Task<Outcome<std::vector<Account>>> list_accounts();

    // Aliases
    Task<Outcome<void>> set_alias(Alias alias); ///< adds or replaces
    Task<Outcome<void>> remove_alias(std::string address);
    Task<Outcome<std::vector<Alias>>> list_aliases();

    /// Order: account, alias, then the same without "+detail", then the domain's catch-all. nullopt: the
    /// domain is not local. Fault::not_found: the domain is local and nobody takes this address. Disabled
    /// accounts take mail. <postmaster> without a domain: ask with an empty domain part; leads to postmaster@
    /// of the first domain, or the first account.
    Task<Outcome<std::optional<Destination>>> locate(std::string address);

    /// True when the account may send as this address: its own, with any detail, or an alias that leads to it
    /// alone or among others.
    Task<Outcome<bool>> may_send_as(AccountId account, std::string address);

    // Credentials. One answer and one timing for "no such user" and "wrong password": Fault::unauthorized.
    Task<Outcome<Account>> verify_password(std::string login, std::string password);
    Task<Outcome<std::optional<ScramCredentials>>> scram_credentials(std::string login);
    Task<Outcome<std::optional<std::string>>> recoverable_secret(std::string login); ///< CRAM-MD5, APOP
    /// The account a finished SASL exchange named; Fault::unauthorized if it is gone or disabled.
    Task<Outcome<Account>> authenticated(std::string login);
    /// Secret of this server for believable answers about unknown users (SCRAM salts).
    Task<Outcome<std::string>> server_secret();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace mansio::directory
