#pragma once
// What every test house needs to come into being.
#include "base/outcome.h"
#include "directory/directory.h"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mansio::kit {

/// Cheap hashes, for tests that are not about them.
inline directory::DirectorySettings quick_hashes()
{
    directory::DirectorySettings settings;
    settings.argon2_passes = 1;
    settings.argon2_memory_kib = 8;
    return settings;
}

/// Without this there is no test: throws what the failure says.
template <class T>
void expect(const base::Outcome<T>& outcome)
{
    if (!outcome)
        throw std::runtime_error(outcome.error().cause);
}

/// The same; gives what was had.
template <class T>
T got(base::Outcome<T> outcome)
{
    expect(outcome);
    if constexpr (!std::is_void_v<T>)
        return std::move(*outcome);
}

/// A domain and its accounts, all with one password. `run` waits for a task. Those whose address begins with
/// "bob" keep a recoverable secret.
template <class Run>
void add_accounts(directory::Directory& directory, Run run, std::initializer_list<std::string_view> addresses,
                  std::string_view password)
{
    for (const std::string_view address : addresses) {
        directory::Directory::NewAccount account;
        account.address = address;
        account.password = password;
        account.keep_recoverable_secret = address.starts_with("bob");
        expect(run(directory.add_account(std::move(account))));
    }
}

} // namespace mansio::kit
