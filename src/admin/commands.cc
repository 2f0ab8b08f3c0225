#include "admin/command.h"

#include "base/log.h"

#include <algorithm>
#include <array>

namespace mansio::admin {
namespace {

namespace json = boost::json;
using base::Fault;

constexpr std::array table = {
    Command{"account.add", handlers::account_add},
    Command{"account.disable", handlers::account_disable},
    Command{"account.enable", handlers::account_enable},
    Command{"account.list", handlers::account_list},
    Command{"account.password", handlers::account_password},
    Command{"account.quota", handlers::account_quota},
    Command{"account.remove", handlers::account_remove},
    Command{"account.show", handlers::account_show},
    Command{"alias.add", handlers::alias_add},
    Command{"alias.list", handlers::alias_list},
    Command{"alias.remove", handlers::alias_remove},
    Command{"check", handlers::check},
    Command{"domain.add", handlers::domain_add},
    Command{"domain.catch-all", handlers::domain_catch_all},
    Command{"domain.list", handlers::domain_list},
    Command{"domain.remove", handlers::domain_remove},
    Command{"queue.bounce", handlers::queue_bounce},
    Command{"queue.delete", handlers::queue_delete},
    Command{"queue.hold", handlers::queue_hold},
    Command{"queue.list", handlers::queue_list},
    Command{"queue.release", handlers::queue_release},
    Command{"queue.reroute", handlers::queue_reroute},
    Command{"queue.retry", handlers::queue_retry},
    Command{"queue.show", handlers::queue_show},
    Command{"status", handlers::status},
    Command{"trace.find", handlers::trace_find},
    Command{"trace.message", handlers::trace_message},
    Command{"trace.session", handlers::trace_session},
    Command{"trace.sessions", handlers::trace_sessions},
};

} // namespace

std::span<const Command> commands()
{
    return table;
}

Task<Outcome<json::value>> run_command(Context& context, std::string name, json::object arguments)
{
    const auto found = std::ranges::find(table, name, &Command::name);
    if (found == table.end())
        co_return base::fail(Fault::not_found, "no such command: " + name);
    Outcome<json::value> result;
    try {
        result = co_await found->run(context, std::move(arguments));
    } catch (const std::exception& e) {
        base::log(base::Level::error, "admin", "command threw", {{"command", name}, {"cause", e.what()}});
        result = base::fail(Fault::temporary, "internal error");
    }
    co_return result;
}

Outcome<std::string> text_argument(const json::object& arguments, std::string_view key)
{
    const json::value* found = arguments.if_contains(key);
    if (found == nullptr || !found->is_string())
        return base::fail(Fault::invalid, "missing argument: " + std::string(key));
    return std::string(found->get_string());
}

std::string text_argument_or(const json::object& arguments, std::string_view key, std::string fallback)
{
    return text_argument(arguments, key).value_or(std::move(fallback));
}

std::uint64_t number_argument_or(const json::object& arguments, std::string_view key, std::uint64_t fallback)
{
    const json::value* found = arguments.if_contains(key);
    if (found == nullptr || !(found->is_int64() || found->is_uint64()))
        return fallback;
    return found->is_uint64() ? found->get_uint64() : static_cast<std::uint64_t>(found->get_int64());
}

bool flag_argument(const json::object& arguments, std::string_view key)
{
    const json::value* found = arguments.if_contains(key);
    return found != nullptr && found->is_bool() && found->get_bool();
}

} // namespace mansio::admin
