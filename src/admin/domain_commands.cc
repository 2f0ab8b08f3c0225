#include "admin/command.h"

#include <boost/json/array.hpp>

namespace mansio::admin::handlers {
namespace {

namespace json = boost::json;
using base::Fault;

Outcome<json::value> named(const Outcome<void>& done, std::string_view key, const std::string& name)
{
    if (!done)
        return std::unexpected(done.error());
    return json::value(json::object{{key, name}});
}

} // namespace

Task<Outcome<json::value>> domain_add(Context& context, json::object arguments)
{
    auto name = text_argument(arguments, "domain");
    if (!name)
        co_return std::unexpected(name.error());
    auto done = co_await context.directory.add_domain(*name);
    co_return named(done, "domain", *name);
}

Task<Outcome<json::value>> domain_list(Context& context, json::object)
{
    auto domains = co_await context.directory.list_domains();
    if (!domains)
        co_return std::unexpected(domains.error());
    json::array rows;
    for (const directory::Domain& domain : *domains)
        rows.push_back(json::object{{"domain", domain.name}, {"catch_all", domain.catch_all.value_or("")}});
    co_return json::value(std::move(rows));
}

Task<Outcome<json::value>> domain_remove(Context& context, json::object arguments)
{
    auto name = text_argument(arguments, "domain");
    if (!name)
        co_return std::unexpected(name.error());
    auto done = co_await context.directory.remove_domain(*name);
    co_return named(done, "removed", *name);
}

Task<Outcome<json::value>> domain_catch_all(Context& context, json::object arguments)
{
    auto name = text_argument(arguments, "domain");
    if (!name)
        co_return std::unexpected(name.error());
    const std::string address = text_argument_or(arguments, "address", "");
    const auto target = address.empty() ? std::nullopt : std::optional(address);
    auto done = co_await context.directory.set_catch_all(*name, target);
    if (!done)
        co_return std::unexpected(done.error());
    co_return json::value(json::object{{"domain", *name}, {"catch_all", address}});
}

Task<Outcome<json::value>> alias_add(Context& context, json::object arguments)
{
    auto address = text_argument(arguments, "address");
    if (!address)
        co_return std::unexpected(address.error());
    directory::Alias alias{*address, {}};
    if (const json::value* targets = arguments.if_contains("targets"); targets && targets->is_array())
        for (const json::value& target : targets->get_array())
            if (target.is_string())
                alias.targets.emplace_back(target.get_string());
    auto done = co_await context.directory.set_alias(std::move(alias));
    co_return named(done, "alias", *address);
}

Task<Outcome<json::value>> alias_list(Context& context, json::object)
{
    auto aliases = co_await context.directory.list_aliases();
    if (!aliases)
        co_return std::unexpected(aliases.error());
    json::array rows;
    for (const directory::Alias& alias : *aliases) {
        json::array targets;
        for (const std::string& target : alias.targets)
            targets.emplace_back(target);
        rows.push_back(json::object{{"alias", alias.address}, {"targets", std::move(targets)}});
    }
    co_return json::value(std::move(rows));
}

Task<Outcome<json::value>> alias_remove(Context& context, json::object arguments)
{
    auto address = text_argument(arguments, "address");
    if (!address)
        co_return std::unexpected(address.error());
    auto done = co_await context.directory.remove_alias(*address);
    co_return named(done, "removed", *address);
}

} // namespace mansio::admin::handlers
