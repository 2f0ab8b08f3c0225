#include "admin/command.h"
#include "base/bytes.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace mansio::admin::handlers {
namespace {

namespace json = boost::json;
using base::Fault;

json::object shown(const directory::Account& account)
{
    return {{"address", account.address},
            {"id", account.id.value},
            {"state", account.state == directory::AccountState::active ? "active" : "disabled"},
            {"name", account.display_name},
            {"quota_bytes", account.quota_bytes},
            {"quota_messages", account.quota_messages},
            {"recoverable_secret", account.has_recoverable_secret},
            {"created", base::format_iso8601(account.created * 1000)}};
}

Task<Outcome<directory::Account>> find(Context& context, const json::object& arguments)
{
    auto address = text_argument(arguments, "address");
    if (!address)
        co_return std::unexpected(address.error());
    auto found = co_await context.directory.find_account(*address);
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found)
        co_return base::fail(Fault::not_found, "no such account: " + *address);
    co_return std::move(**found);
}

/// The password given, or a new one that is shown once.
struct Password {
    std::string text;
    bool made = false;
};
Outcome<Password> password_of(const Context& context, const json::object& arguments)
{
    auto given = text_argument(arguments, "password");
    if (!given)
        return Password{base::random_token(16), true};
    const bool taken_over = flag_argument(arguments, "any_password"); // an import keeps what people have
    if (!taken_over && given->size() < context.min_password_length)
        return base::fail(Fault::invalid, fmt::format("the password is shorter than {} characters",
                                                      context.min_password_length));
    return Password{std::move(*given), false};
}

Outcome<json::value> result_of(const Outcome<void>& done, json::object result)
{
    if (!done)
        return std::unexpected(done.error());
    return json::value(std::move(result));
}

} // namespace

Task<Outcome<json::value>> account_add(Context& context, json::object arguments)
{
    auto address = text_argument(arguments, "address");
    auto password = password_of(context, arguments);
    if (!address || !password)
        co_return std::unexpected(address ? password.error() : address.error());
    directory::Directory::NewAccount wanted;
    wanted.address = *address;
    wanted.password = password->text;
    wanted.display_name = text_argument_or(arguments, "name", "");
    wanted.quota_bytes = number_argument_or(arguments, "quota_bytes", context.default_quota);
    wanted.quota_messages = number_argument_or(arguments, "quota_messages", 0);
    wanted.keep_recoverable_secret = flag_argument(arguments, "recoverable_secret");
    auto id = co_await context.directory.add_account(std::move(wanted));
    if (!id)
        co_return std::unexpected(id.error());
    auto opened = co_await context.accounts.open(*id); // makes the default mailboxes
    if (!opened)
        co_return std::unexpected(opened.error());
    json::object result{{"address", *address}, {"id", id->value}};
    if (password->made)
        result["password"] = password->text;
    co_return json::value(std::move(result));
}

Task<Outcome<json::value>> account_list(Context& context, json::object)
{
    auto accounts = co_await context.directory.list_accounts();
    if (!accounts)
        co_return std::unexpected(accounts.error());
    json::array rows;
    for (const directory::Account& account : *accounts)
        rows.push_back(shown(account));
    co_return json::value(std::move(rows));
}

Task<Outcome<json::value>> account_show(Context& context, json::object arguments)
{
    auto account = co_await find(context, arguments);
    if (!account)
        co_return std::unexpected(account.error());
    json::object result = shown(*account);
    auto opened = co_await context.accounts.open(account->id);
    if (!opened)
        co_return std::unexpected(opened.error());
    auto usage = co_await (*opened)->usage();
    if (!usage)
        co_return std::unexpected(usage.error());
    result["used_bytes"] = usage->bytes;
    result["used_messages"] = usage->messages;
    auto names = co_await (*opened)->list();
    if (!names)
        co_return std::unexpected(names.error());
    json::array mailboxes;
    for (const mailbox::MailboxInfo& info : (*names)->mailboxes) {
        auto view = co_await (*opened)->view(info.id);
        if (view)
            mailboxes.push_back(json::object{{"name", info.name},
                                             {"messages", (*view)->size()},
                                             {"unseen", (*view)->totals().unseen},
                                             {"bytes", (*view)->totals().size}});
    }
    result["mailboxes"] = std::move(mailboxes);
    co_return json::value(std::move(result));
}

Task<Outcome<json::value>> account_remove(Context& context, json::object arguments)
{
    auto account = co_await find(context, arguments);
    if (!account)
        co_return std::unexpected(account.error());
    auto removed = co_await context.directory.remove_account(account->address);
    if (!removed)
        co_return std::unexpected(removed.error());
    auto erased = co_await context.accounts.erase(account->id);
    co_return result_of(erased, {{"removed", account->address}});
}

Task<Outcome<json::value>> account_password(Context& context, json::object arguments)
{
    auto account = co_await find(context, arguments);
    auto password = password_of(context, arguments);
    if (!account || !password)
        co_return std::unexpected(account ? password.error() : account.error());
    const bool keep = flag_argument(arguments, "recoverable_secret");
    auto done = co_await context.directory.set_password(account->address, password->text, keep);
    json::object result{{"address", account->address}};
    if (password->made)
        result["password"] = password->text;
    co_return result_of(done, std::move(result));
}

Task<Outcome<json::value>> account_quota(Context& context, json::object arguments)
{
    auto account = co_await find(context, arguments);
    if (!account)
        co_return std::unexpected(account.error());
    const std::uint64_t bytes = number_argument_or(arguments, "quota_bytes", account->quota_bytes);
    const std::uint64_t messages = number_argument_or(arguments, "quota_messages", account->quota_messages);
    auto done = co_await context.directory.set_quota(account->address, bytes, messages);
    co_return result_of(
        done, {{"address", account->address}, {"quota_bytes", bytes}, {"quota_messages", messages}});
}

namespace {

Task<Outcome<json::value>> set_state(Context& context, json::object arguments, directory::AccountState state)
{
    auto account = co_await find(context, arguments);
    if (!account)
        co_return std::unexpected(account.error());
    auto done = co_await context.directory.set_state(account->address, state);
    const bool active = state == directory::AccountState::active;
    co_return result_of(done, {{"address", account->address}, {"state", active ? "active" : "disabled"}});
}

} // namespace

Task<Outcome<json::value>> account_enable(Context& context, json::object arguments)
{
    return set_state(context, std::move(arguments), directory::AccountState::active);
}

Task<Outcome<json::value>> account_disable(Context& context, json::object arguments)
{
    return set_state(context, std::move(arguments), directory::AccountState::disabled);
}

} // namespace mansio::admin::handlers
