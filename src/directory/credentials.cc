// Passwords: argon2id, SCRAM keys beside it, and the cache of verified ones.
#include "base/bytes.h"
#include "directory/state.h"

#include <argon2.h>
#include <fmt/format.h>

namespace mansio::directory {
namespace {

using base::Fault;

constexpr std::size_t salt_size = 16;
constexpr std::size_t hash_size = 32;

std::string argon2id(std::string_view password, const DirectorySettings& settings)
{
    const std::string salt = base::random_bytes(salt_size);
    const std::size_t size = argon2_encodedlen(settings.argon2_passes, settings.argon2_memory_kib,
                                               settings.argon2_lanes, salt_size, hash_size, Argon2_id);
    std::string out(size, '\0');
    const int result = argon2id_hash_encoded(settings.argon2_passes, settings.argon2_memory_kib,
                                             settings.argon2_lanes, password.data(), password.size(),
                                             salt.data(), salt.size(), hash_size, out.data(), out.size());
    if (result != ARGON2_OK)
        return {};
    out.resize(out.find('\0'));
    return out;
}

/// Neither yes nor no when the hash can't be read or there is no memory for it.
Outcome<bool> matches(const std::string& encoded, std::string_view password)
{
    const int result = argon2id_verify(encoded.c_str(), password.data(), password.size());
    if (result == ARGON2_OK || result == ARGON2_VERIFY_MISMATCH)
        return result == ARGON2_OK;
    return base::fail(Fault::temporary, fmt::format("argon2: {}", argon2_error_message(result)));
}

Task<void> run_in_place(std::move_only_function<void()> work)
{
    work();
    co_return;
}

} // namespace

Hasher inline_hasher()
{
    return run_in_place;
}

VerifiedCache::VerifiedCache(std::chrono::seconds keep, const base::Clock& clock)
    : m_keep(keep)
    , m_clock(clock)
    , m_key(base::random_bytes(32))
{
}

std::string VerifiedCache::digest(base::AccountId id, std::string_view argon2,
                                  std::string_view password) const
{
    return base::hmac_sha256(m_key, base::Writer().u64(id.value).string(argon2).raw(password).text());
}

bool VerifiedCache::has(base::AccountId id, std::string_view argon2, std::string_view password)
{
    const std::string asked = digest(id, argon2, password);
    std::lock_guard lock(m_mutex);
    const auto found = m_entries.find(id);
    return found != m_entries.end() && found->second.until > m_clock.now() &&
           base::equal_constant_time(found->second.digest, asked);
}

void VerifiedCache::add(base::AccountId id, std::string_view argon2, std::string_view password)
{
    Entry entry{digest(id, argon2, password), m_clock.now() + m_keep.count()};
    std::lock_guard lock(m_mutex);
    if (m_entries.size() >= max_entries)
        m_entries.clear();
    m_entries[id] = std::move(entry);
}

Task<Outcome<Credentials>> Directory::State::make_credentials(std::string password, bool keep_secret)
{
    Credentials made;
    std::move_only_function<void()> work = [&] {
        made.argon2 = argon2id(password, settings);
        made.scram = base::print_scram(base::derive_scram(password, base::random_bytes(base::scram_salt_size),
                                                          settings.scram_iterations));
    };
    co_await hasher(std::move(work));
    if (made.argon2.empty())
        co_return base::fail(Fault::temporary, "argon2 failed: out of memory?");
    if (keep_secret)
        made.secret = std::move(password);
    co_return made;
}

Task<Outcome<Credentials>> Directory::State::credentials(base::AccountId id)
{
    auto stored = co_await engine.get(layout::credentials(id));
    if (!stored)
        co_return std::unexpected(stored.error());
    if (!*stored)
        co_return base::fail(Fault::unauthorized, "account has no credentials");
    co_return decode_credentials(**stored);
}

Task<Outcome<Account>> Directory::verify_password(std::string login, std::string password)
{
    auto found = co_await m_state->account_by_address(normalise_address(login));
    if (!found)
        co_return std::unexpected(found.error());
    Credentials credentials{m_state->dummy_hash, {}, {}};
    if (*found) {
        auto stored = co_await m_state->credentials((*found)->id);
        if (stored)
            credentials = std::move(*stored);
        else if (stored.error().fault != Fault::unauthorized)
            co_return std::unexpected(stored.error());
    }
    bool right = *found && m_state->cache.has((*found)->id, credentials.argon2, password);
    if (!right) {
        Outcome<bool> matched = false;
        std::move_only_function<void()> work = [&] { matched = matches(credentials.argon2, password); };
        co_await m_state->hasher(std::move(work));
        if (!matched)
            co_return std::unexpected(matched.error());
        right = *matched;
        if (right && *found)
            m_state->cache.add((*found)->id, credentials.argon2, password);
    }
    if (!*found)
        co_return base::fail(Fault::unauthorized, "no such account");
    if (!right)
        co_return base::fail(Fault::unauthorized, "wrong password");
    if ((*found)->state != AccountState::active)
        co_return base::fail(Fault::unauthorized, "account is disabled");
    co_return std::move(**found);
}

Task<Outcome<std::optional<ScramCredentials>>> Directory::scram_credentials(std::string login)
{
    auto found = co_await m_state->account_by_address(normalise_address(login));
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found || (*found)->state != AccountState::active)
        co_return std::nullopt;
    auto stored = co_await m_state->credentials((*found)->id);
    if (!stored && stored.error().fault != Fault::unauthorized)
        co_return std::unexpected(stored.error());
    co_return stored ? base::parse_scram(stored->scram) : std::nullopt;
}

Task<Outcome<std::optional<std::string>>> Directory::recoverable_secret(std::string login)
{
    auto found = co_await m_state->account_by_address(normalise_address(login));
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found || (*found)->state != AccountState::active)
        co_return std::nullopt;
    auto stored = co_await m_state->credentials((*found)->id);
    if (!stored && stored.error().fault != Fault::unauthorized)
        co_return std::unexpected(stored.error());
    if (!stored || stored->secret.empty())
        co_return std::nullopt;
    co_return std::move(stored->secret);
}

Task<Outcome<Account>> Directory::authenticated(std::string login)
{
    auto found = co_await m_state->account_by_address(normalise_address(login));
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found || (*found)->state != AccountState::active)
        co_return base::fail(Fault::unauthorized, "account is gone or disabled");
    co_return std::move(**found);
}

Task<Outcome<std::string>> Directory::server_secret()
{
    const std::string key(layout::server_secret);
    auto stored = co_await m_state->engine.get(key);
    if (!stored)
        co_return std::unexpected(stored.error());
    if (*stored)
        co_return std::move(**stored);
    std::string secret = base::random_bytes(32);
    storage::Batch batch;
    batch.expect(key, std::nullopt);
    batch.put(key, secret);
    auto made = co_await m_state->records.commit(std::move(batch));
    if (made)
        co_return secret;
    if (made.error().fault != Fault::conflict)
        co_return std::unexpected(made.error());
    co_return co_await server_secret(); // somebody else made it: theirs is the one
}

} // namespace mansio::directory
