// Where an address leads: account, alias, without detail, catch-all.
#include "base/text.h"
#include "directory/state.h"

namespace mansio::directory {
namespace {

using base::Fault;

/// "user+tag@d" as {"user@d", "tag"}; nothing when there is no detail.
struct Detailed {
    std::string address;
    std::string detail;
};
std::optional<Detailed> strip_detail(std::string_view normal, std::string_view delimiter)
{
    const auto parts = split_address(normal);
    if (!parts || delimiter.empty())
        return std::nullopt;
    const auto at = parts->local.find(delimiter);
    if (at == std::string::npos || at == 0)
        return std::nullopt;
    return Detailed{parts->local.substr(0, at) + '@' + parts->domain,
                    parts->local.substr(at + delimiter.size())};
}

bool has_target(const Destination& destination, base::AccountId id)
{
    for (const LocalTarget& target : destination.local)
        if (target.account == id)
            return true;
    return false;
}

} // namespace

Task<Outcome<bool>> Directory::State::follow_exact(std::string normal, std::string detail, std::size_t depth,
                                                   Search& search)
{
    auto account = co_await account_by_address(normal);
    if (!account)
        co_return std::unexpected(account.error());
    if (*account) {
        if (!has_target(search.destination, (*account)->id))
            search.destination.local.push_back({(*account)->id, (*account)->address, std::move(detail)});
        co_return true;
    }
    auto found = co_await alias(normal);
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found)
        co_return false;
    bool any = false;
    for (const std::string& target : (*found)->targets) {
        auto taken = co_await follow(target, depth + 1, search);
        if (!taken)
            co_return taken;
        any = any || *taken;
    }
    co_return any;
}

Task<Outcome<bool>> Directory::State::follow(std::string address, std::size_t depth, Search& search)
{
    const std::string normal = normalise_address(address);
    if (depth > settings.max_alias_depth || !search.seen.insert(normal).second)
        co_return true; // an alias loop delivers to whom it reached before
    const auto parts = split_address(normal);
    if (!parts)
        co_return false;
    auto local = co_await domain(parts->domain);
    if (!local)
        co_return std::unexpected(local.error());
    if (!*local) {
        search.destination.remote.push_back(std::move(address));
        co_return true;
    }
    auto taken = co_await follow_exact(normal, "", depth, search);
    if (!taken || *taken)
        co_return taken;
    if (auto detailed = strip_detail(normal, settings.recipient_delimiter)) {
        taken = co_await follow_exact(detailed->address, detailed->detail, depth, search);
        if (!taken || *taken)
            co_return taken;
    }
    if ((*local)->catch_all)
        co_return co_await follow(*(*local)->catch_all, depth + 1, search);
    co_return false;
}

/// rfc5321#4.5.1: <postmaster> without a domain must be taken.
Task<Outcome<std::string>> Directory::State::postmaster()
{
    auto domains = co_await scan_all(engine, storage::Range::prefix("dd"));
    if (!domains)
        co_return std::unexpected(domains.error());
    for (const storage::Item& item : *domains) {
        std::string address = "postmaster@" + item.key.substr(2);
        Search search;
        auto taken = co_await follow(address, 0, search);
        if (!taken)
            co_return std::unexpected(taken.error());
        if (*taken)
            co_return address;
    }
    auto first = co_await engine.scan(storage::Range::prefix("da"), 1);
    if (!first)
        co_return std::unexpected(first.error());
    if (first->items.empty())
        co_return base::fail(Fault::not_found, "there are no accounts");
    auto account = decode_account({}, first->items[0].value);
    if (!account)
        co_return std::unexpected(account.error());
    co_return account->address;
}

namespace {

bool is_postmaster(std::string_view local)
{
    return base::equal_icase(local, "postmaster");
}

} // namespace

Task<Outcome<std::optional<Destination>>> Directory::locate(std::string address)
{
    std::string_view bare = address;
    if (bare.ends_with('@'))
        bare.remove_suffix(1);
    const bool bare_postmaster = is_postmaster(bare);
    if (bare_postmaster) {
        auto chosen = co_await m_state->postmaster();
        if (!chosen)
            co_return std::unexpected(chosen.error());
        address = std::move(*chosen);
    }
    const auto parts = split_address(address);
    if (!parts || parts->domain.empty())
        co_return base::fail(Fault::not_found, "not an address");
    auto local = co_await is_local_domain(parts->domain);
    if (!local)
        co_return std::unexpected(local.error());
    if (!*local)
        co_return std::nullopt;
    State::Search search;
    auto taken = co_await m_state->follow(address, 0, search);
    if (!taken)
        co_return std::unexpected(taken.error());
    if (!*taken && is_postmaster(parts->local)) { // rfc5321#4.5.1: every domain has one
        auto chosen = co_await m_state->postmaster();
        if (!chosen)
            co_return std::unexpected(chosen.error());
        taken = co_await m_state->follow(*chosen, 0, search);
        if (!taken)
            co_return std::unexpected(taken.error());
    }
    if (!*taken || (search.destination.local.empty() && search.destination.remote.empty()))
        co_return base::fail(Fault::not_found, "no such mailbox");
    co_return std::move(search.destination);
}

Task<Outcome<bool>> Directory::may_send_as(AccountId account, std::string address)
{
    State::Search search;
    const auto parts = split_address(normalise_address(address));
    if (!parts)
        co_return false;
    auto local = co_await is_local_domain(parts->domain);
    if (!local || !*local)
        co_return local;
    auto taken = co_await m_state->follow_exact(normalise_address(address), "", 0, search);
    if (!taken)
        co_return taken;
    if (!*taken)
        if (auto detailed = strip_detail(normalise_address(address), m_state->settings.recipient_delimiter)) {
            taken = co_await m_state->follow_exact(detailed->address, "", 0, search);
            if (!taken)
                co_return taken;
        }
    co_return has_target(search.destination, account);
}

} // namespace mansio::directory
