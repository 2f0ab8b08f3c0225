#include "directory/layout.h"

#include "base/text.h"

#include <algorithm>

namespace mansio::directory {
namespace {

using base::Reader;
using base::Writer;

base::Outcome<void> finished(const Reader& in, std::string_view what)
{
    if (in.done())
        return {};
    return base::fail(base::Fault::corrupt, std::string(what) + " record is broken");
}

bool is_atom_text(char c)
{
    return base::is_alpha(c) || base::is_digit(c) || static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
}

/// "\"john\"" is the same mailbox as "john" (rfc5321#4.1.2).
std::string unquote_if_needless(std::string_view local)
{
    if (local.size() < 3 || local.front() != '"' || local.back() != '"')
        return std::string(local);
    const std::string_view inner = local.substr(1, local.size() - 2);
    const bool plain = std::ranges::all_of(inner, is_atom_text) && inner.front() != '.' &&
                       inner.back() != '.' && inner.find("..") == std::string_view::npos;
    return std::string(plain ? inner : local);
}

} // namespace

std::string encode(const Domain& domain)
{
    return Writer().u8(domain.catch_all ? 1 : 0).string(domain.catch_all.value_or("")).take();
}

Outcome<Domain> decode_domain(std::string name, std::string_view stored)
{
    Reader in(stored);
    Domain domain{std::move(name), std::nullopt};
    const bool has = in.u8() == 1;
    std::string catch_all(in.string());
    if (has)
        domain.catch_all = std::move(catch_all);
    if (auto ok = finished(in, "domain"); !ok)
        return std::unexpected(ok.error());
    return domain;
}

std::string encode(const Account& account)
{
    Writer out;
    out.string(account.address).u8(static_cast<std::uint8_t>(account.state)).string(account.display_name);
    out.varint(account.quota_bytes).varint(account.quota_messages);
    out.u8(account.has_recoverable_secret ? 1 : 0).u64(static_cast<std::uint64_t>(account.created));
    return out.take();
}

Outcome<Account> decode_account(base::AccountId id, std::string_view stored)
{
    Reader in(stored);
    Account account;
    account.id = id;
    account.address = in.string();
    account.state = static_cast<AccountState>(in.u8());
    account.display_name = in.string();
    account.quota_bytes = in.varint();
    account.quota_messages = in.varint();
    account.has_recoverable_secret = in.u8() != 0;
    account.created = static_cast<base::Seconds>(in.u64());
    if (auto ok = finished(in, "account"); !ok)
        return std::unexpected(ok.error());
    if (account.state > AccountState::disabled)
        return base::fail(base::Fault::corrupt, "account record has an unknown state");
    return account;
}

std::string encode(const Alias& alias)
{
    Writer out;
    out.varint(alias.targets.size());
    for (const std::string& target : alias.targets)
        out.string(target);
    return out.take();
}

Outcome<Alias> decode_alias(std::string address, std::string_view stored)
{
    Reader in(stored);
    Alias alias{std::move(address), {}};
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count)
        alias.targets.emplace_back(in.string());
    if (auto ok = finished(in, "alias"); !ok)
        return std::unexpected(ok.error());
    return alias;
}

std::string encode(const Credentials& credentials)
{
    return Writer().string(credentials.argon2).string(credentials.scram).string(credentials.secret).take();
}

Outcome<Credentials> decode_credentials(std::string_view stored)
{
    Reader in(stored);
    Credentials credentials;
    credentials.argon2 = in.string();
    credentials.scram = in.string();
    credentials.secret = in.string();
    if (auto ok = finished(in, "credentials"); !ok)
        return std::unexpected(ok.error());
    return credentials;
}

std::optional<AddressParts> split_address(std::string_view address)
{
    const auto at = address.rfind('@');
    if (at == std::string_view::npos || at == 0)
        return std::nullopt;
    return AddressParts{unquote_if_needless(address.substr(0, at)), std::string(address.substr(at + 1))};
}

std::string normalise_address(std::string_view address)
{
    const auto parts = split_address(address);
    if (!parts)
        return base::to_lower(address);
    return base::to_lower(parts->local + '@' + parts->domain);
}

} // namespace mansio::directory
