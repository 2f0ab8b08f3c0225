#pragma once
#include "base/bytes.h"
#include "base/ids.h"
#include "directory/directory.h"

#include <string>
#include <string_view>

namespace mansio::directory {

// Keys of the directory room. Addresses and domains in lower case.
//
//   key           | value
//   dd<domain>    | domain: catch-all address
//   da<id 8>      | account: address, state, name, quotas, when made
//   dn<address>   | id of the account with that primary address
//   dl<address>   | alias: target addresses
//   dc<id 8>      | credentials: argon2id hash, SCRAM keys, recoverable secret
//   di            | counter: newest account id
//   dk            | the server's secret, 32 random bytes
namespace layout {

inline std::string domain(std::string_view name)
{
    return std::string("dd").append(name);
}
inline std::string account(base::AccountId id)
{
    return base::Writer().raw("da").u64(id.value).take();
}
inline std::string account_name(std::string_view address)
{
    return std::string("dn").append(address);
}
inline std::string alias(std::string_view address)
{
    return std::string("dl").append(address);
}
inline std::string credentials(base::AccountId id)
{
    return base::Writer().raw("dc").u64(id.value).take();
}
inline constexpr std::string_view last_account_id = "di";
inline constexpr std::string_view server_secret = "dk";

} // namespace layout

struct Credentials {
    std::string argon2; ///< "$argon2id$v=19$..."
    std::string scram;  ///< base::print_scram
    std::string secret; ///< recoverable, "" if none was asked for
};

std::string encode(const Domain& domain);
std::string encode(const Account& account);
std::string encode(const Alias& alias);
std::string encode(const Credentials& credentials);
Outcome<Domain> decode_domain(std::string name, std::string_view stored);
Outcome<Account> decode_account(base::AccountId id, std::string_view stored);
Outcome<Alias> decode_alias(std::string address, std::string_view stored);
Outcome<Credentials> decode_credentials(std::string_view stored);

/// An address in two halves; the last '@' divides.
struct AddressParts {
    std::string local; ///< case kept; quotes of a quoted-string that needs none removed
    std::string domain;
};
std::optional<AddressParts> split_address(std::string_view address);
/// Lower case, quotes that aren't needed removed: how addresses are compared and kept.
std::string normalise_address(std::string_view address);

} // namespace mansio::directory
