// Domains, accounts and aliases: records and their changes.
#include "directory/directory.h"

#include "base/text.h"
#include "directory/state.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::directory {
namespace {

using base::Fault;
constexpr std::size_t max_address = 254; // rfc5321#4.5.3.1.3, less the brackets
constexpr int max_id_attempts = 1000;    // each one lost is an account somebody else added

/// Good enough to be a key and to be sent in a path: no controls, no spaces, one '@' with something around
/// it.
bool is_plausible_address(std::string_view address)
{
    const auto parts = split_address(address);
    return parts && !parts->domain.empty() && address.size() <= max_address && base::is_utf8(address) &&
           std::ranges::none_of(address, [](char c) {
               return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '<' || c == '>' || c == ',';
           });
}

bool is_plausible_domain(std::string_view name)
{
    return !name.empty() && name.size() <= 253 && name.find('@') == std::string_view::npos &&
           is_plausible_address("a@" + std::string(name)) && !name.starts_with('.') && !name.ends_with('.');
}

} // namespace

Directory::Directory(storage::Engine& engine, const base::Clock& clock, Hasher hasher,
                     DirectorySettings settings)
    : m_state(
          new State{engine, clock, std::move(hasher), settings, VerifiedCache(settings.cache_for, clock),
                    fmt::format("$argon2id$v=19$m={},t={},p={}$AAAAAAAAAAAAAAAAAAAAAA$"
                                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                settings.argon2_memory_kib, settings.argon2_passes, settings.argon2_lanes)})
{
}

Directory::~Directory() = default;

Task<Outcome<std::optional<Account>>> Directory::State::account_by_id(base::AccountId id)
{
    auto stored = co_await records.get(layout::account(id));
    if (!stored)
        co_return std::unexpected(stored.error());
    if (!*stored)
        co_return std::nullopt;
    co_return decode_account(id, **stored);
}

Task<Outcome<std::optional<Account>>> Directory::State::account_by_address(std::string normal)
{
    auto id = co_await records.get(layout::account_name(normal));
    if (!id)
        co_return std::unexpected(id.error());
    if (!*id)
        co_return std::nullopt;
    co_return co_await account_by_id(base::AccountId{base::Reader(**id).u64()});
}

Task<Outcome<std::optional<Alias>>> Directory::State::alias(std::string normal)
{
    auto stored = co_await records.get(layout::alias(normal));
    if (!stored)
        co_return std::unexpected(stored.error());
    if (!*stored)
        co_return std::nullopt;
    co_return decode_alias(std::move(normal), **stored);
}

Task<Outcome<std::optional<Domain>>> Directory::State::domain(std::string name)
{
    auto stored = co_await records.get(layout::domain(name));
    if (!stored)
        co_return std::unexpected(stored.error());
    if (!*stored)
        co_return std::nullopt;
    co_return decode_domain(std::move(name), **stored);
}

Task<Outcome<void>> Directory::add_domain(std::string name)
{
    name = base::to_lower(name);
    if (!is_plausible_domain(name))
        co_return base::fail(Fault::invalid, "not a domain name: " + name);
    storage::Batch batch;
    batch.expect(layout::domain(name), std::nullopt);
    batch.put(layout::domain(name), encode(Domain{name, std::nullopt}));
    auto done = co_await m_state->records.commit(std::move(batch));
    if (!done && done.error().fault == Fault::conflict)
        co_return base::fail(Fault::exists, "domain exists: " + name);
    co_return done;
}

Task<Outcome<void>> Directory::remove_domain(std::string name)
{
    name = base::to_lower(name);
    auto accounts = co_await list_accounts();
    auto aliases = co_await list_aliases();
    if (!accounts || !aliases)
        co_return std::unexpected(accounts ? aliases.error() : accounts.error());
    const std::string ending = '@' + name;
    for (const Account& account : *accounts)
        if (account.address.ends_with(ending))
            co_return base::fail(Fault::refused, "domain has accounts: " + account.address);
    for (const Alias& alias : *aliases)
        if (alias.address.ends_with(ending))
            co_return base::fail(Fault::refused, "domain has aliases: " + alias.address);
    auto found = co_await m_state->domain(name);
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found)
        co_return base::fail(Fault::not_found, "no such domain: " + name);
    storage::Batch batch;
    batch.erase(layout::domain(name));
    co_return co_await m_state->records.commit(std::move(batch));
}

Task<Outcome<void>> Directory::set_catch_all(std::string domain, std::optional<std::string> address)
{
    domain = base::to_lower(domain);
    auto found = co_await m_state->domain(domain);
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found)
        co_return base::fail(Fault::not_found, "no such domain: " + domain);
    if (address && !is_plausible_address(*address))
        co_return base::fail(Fault::invalid, "not an address: " + *address);
    storage::Batch batch;
    batch.put(layout::domain(domain), encode(Domain{domain, std::move(address)}));
    co_return co_await m_state->records.commit(std::move(batch));
}

Task<Outcome<std::vector<Domain>>> Directory::list_domains()
{
    auto items = co_await scan_all(m_state->engine, storage::Range::prefix("dd"));
    if (!items)
        co_return std::unexpected(items.error());
    std::vector<Domain> domains;
    for (const storage::Item& item : *items) {
        auto domain = decode_domain(item.key.substr(2), item.value);
        if (!domain)
            co_return std::unexpected(domain.error());
        domains.push_back(std::move(*domain));
    }
    co_return domains;
}

Task<Outcome<bool>> Directory::is_local_domain(std::string name)
{
    auto found = co_await m_state->domain(base::to_lower(name));
    if (!found)
        co_return std::unexpected(found.error());
    co_return found->has_value();
}

Task<Outcome<AccountId>> Directory::add_account(NewAccount wanted)
{
    const std::string address = normalise_address(wanted.address);
    if (!is_plausible_address(address))
        co_return base::fail(Fault::invalid, "not an address: " + wanted.address);
    if (wanted.password.empty())
        co_return base::fail(Fault::invalid, "the password is empty");
    auto local = co_await is_local_domain(split_address(address)->domain);
    if (!local)
        co_return std::unexpected(local.error());
    if (!*local)
        co_return base::fail(Fault::not_found,
                             "not a domain of this server: " + split_address(address)->domain);
    auto credentials =
        co_await m_state->make_credentials(std::move(wanted.password), wanted.keep_recoverable_secret);
    if (!credentials)
        co_return std::unexpected(credentials.error());
    Account account;
    account.address = address;
    account.display_name = std::move(wanted.display_name);
    account.quota_bytes = wanted.quota_bytes;
    account.quota_messages = wanted.quota_messages;
    account.has_recoverable_secret = wanted.keep_recoverable_secret;
    account.created = m_state->clock.now();
    for (int attempt = 0; attempt < max_id_attempts; ++attempt) {
        auto added = co_await m_state->add(account, *credentials);
        if (added || added.error().fault != Fault::conflict)
            co_return added;
        auto taken = co_await m_state->is_taken(address);
        if (!taken)
            co_return std::unexpected(taken.error());
        if (*taken)
            co_return base::fail(Fault::exists, "address is taken: " + address);
        // Somebody else's new account got this id first; there is a next one.
    }
    co_return base::fail(Fault::temporary, "no free account id for " + address);
}

Task<Outcome<AccountId>> Directory::State::add(Account account, Credentials credentials)
{
    auto last = co_await engine.counter(std::string(layout::last_account_id));
    if (!last)
        co_return std::unexpected(last.error());
    account.id = AccountId{*last + 1};
    storage::Batch batch;
    batch.expect(layout::account(account.id), std::nullopt);
    batch.expect(layout::account_name(account.address), std::nullopt);
    batch.expect(layout::alias(account.address), std::nullopt);
    batch.put(layout::account(account.id), encode(account));
    batch.put(layout::account_name(account.address), base::Writer().u64(account.id.value).take());
    batch.put(layout::credentials(account.id), encode(credentials));
    batch.raise(std::string(layout::last_account_id), account.id.value);
    auto done = co_await records.commit(std::move(batch));
    if (!done)
        co_return std::unexpected(done.error());
    co_return account.id;
}

Task<Outcome<bool>> Directory::State::is_taken(std::string normal)
{
    auto id = co_await engine.get(layout::account_name(normal));
    auto alias = co_await engine.get(layout::alias(normal));
    if (!id || !alias)
        co_return std::unexpected(id ? alias.error() : id.error());
    co_return id->has_value() || alias->has_value();
}

Task<Outcome<void>> Directory::remove_account(std::string address)
{
    auto found = co_await find_account(address);
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found)
        co_return base::fail(Fault::not_found, "no such account: " + address);
    storage::Batch batch;
    batch.expect(layout::account((*found)->id), encode(**found));
    batch.erase(layout::account((*found)->id));
    batch.erase(layout::account_name((*found)->address));
    batch.erase(layout::credentials((*found)->id));
    co_return co_await m_state->records.commit(std::move(batch));
}

Task<Outcome<void>> Directory::State::edit_account(std::string address, std::function<void(Account&)> edit)
{
    auto found = co_await account_by_address(normalise_address(address));
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found)
        co_return base::fail(Fault::not_found, "no such account: " + address);
    storage::Batch batch;
    batch.expect(layout::account((*found)->id), encode(**found));
    edit(**found);
    batch.put(layout::account((*found)->id), encode(**found));
    co_return co_await records.commit(std::move(batch));
}

Task<Outcome<void>> Directory::set_password(std::string address, std::string password,
                                            bool keep_recoverable_secret)
{
    auto found = co_await find_account(address);
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found)
        co_return base::fail(Fault::not_found, "no such account: " + address);
    if (password.empty())
        co_return base::fail(Fault::invalid, "the password is empty");
    auto credentials = co_await m_state->make_credentials(std::move(password), keep_recoverable_secret);
    if (!credentials)
        co_return std::unexpected(credentials.error());
    storage::Batch batch;
    batch.expect(layout::account((*found)->id), encode(**found));
    (*found)->has_recoverable_secret = keep_recoverable_secret;
    batch.put(layout::account((*found)->id), encode(**found));
    batch.put(layout::credentials((*found)->id), encode(*credentials));
    co_return co_await m_state->records.commit(std::move(batch));
}

Task<Outcome<void>> Directory::set_state(std::string address, AccountState state)
{
    return m_state->edit_account(std::move(address), [state](Account& account) { account.state = state; });
}

Task<Outcome<void>> Directory::set_quota(std::string address, std::uint64_t bytes, std::uint64_t messages)
{
    return m_state->edit_account(std::move(address), [bytes, messages](Account& account) {
        account.quota_bytes = bytes;
        account.quota_messages = messages;
    });
}

Task<Outcome<std::optional<Account>>> Directory::find_account(std::string address)
{
    return m_state->account_by_address(normalise_address(address));
}

Task<Outcome<std::optional<Account>>> Directory::find_account(AccountId id)
{
    return m_state->account_by_id(id);
}

Task<Outcome<std::vector<Account>>> Directory::list_accounts()
{
    auto items = co_await scan_all(m_state->engine, storage::Range::prefix("da"));
    if (!items)
        co_return std::unexpected(items.error());
    std::vector<Account> accounts;
    for (const storage::Item& item : *items) {
        const AccountId id{base::Reader(std::string_view(item.key).substr(2)).u64()};
        auto account = decode_account(id, item.value);
        if (!account)
            co_return std::unexpected(account.error());
        accounts.push_back(std::move(*account));
    }
    co_return accounts;
}

Task<Outcome<void>> Directory::set_alias(Alias alias)
{
    alias.address = normalise_address(alias.address);
    if (!is_plausible_address(alias.address) || alias.targets.empty() ||
        !std::ranges::all_of(alias.targets, is_plausible_address))
        co_return base::fail(Fault::invalid, "an alias needs an address and at least one target address");
    auto local = co_await is_local_domain(split_address(alias.address)->domain);
    if (!local)
        co_return std::unexpected(local.error());
    if (!*local)
        co_return base::fail(Fault::not_found, "not a domain of this server: " + alias.address);
    storage::Batch batch;
    batch.expect(layout::account_name(alias.address), std::nullopt);
    batch.put(layout::alias(alias.address), encode(alias));
    auto done = co_await m_state->records.commit(std::move(batch));
    if (!done && done.error().fault == Fault::conflict)
        co_return base::fail(Fault::exists, "an account has this address: " + alias.address);
    co_return done;
}

Task<Outcome<void>> Directory::remove_alias(std::string address)
{
    const std::string normal = normalise_address(address);
    auto found = co_await m_state->alias(normal);
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found)
        co_return base::fail(Fault::not_found, "no such alias: " + address);
    storage::Batch batch;
    batch.erase(layout::alias(normal));
    co_return co_await m_state->records.commit(std::move(batch));
}

Task<Outcome<std::vector<Alias>>> Directory::list_aliases()
{
    auto items = co_await scan_all(m_state->engine, storage::Range::prefix("dl"));
    if (!items)
        co_return std::unexpected(items.error());
    std::vector<Alias> aliases;
    for (const storage::Item& item : *items) {
        auto alias = decode_alias(item.key.substr(2), item.value);
        if (!alias)
            co_return std::unexpected(alias.error());
        aliases.push_back(std::move(*alias));
    }
    co_return aliases;
}

} // namespace mansio::directory
