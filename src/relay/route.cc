#include "relay/route.h"

#include "base/bytes.h"
#include "base/text.h"
#include "queue/route.h"
#include "relay/idna.h"

#include <algorithm>

namespace mansio::relay {
namespace {

using net::DnsStatus;

std::string without_dot(std::string name)
{
    if (name.ends_with('.'))
        name.pop_back();
    return name;
}

/// "[192.0.2.1]" and "[IPv6:2001:db8::1]", rfc5321#4.1.3.
Attempted<Plan> plan_for_literal(std::string_view literal, const RoutingSettings& settings)
{
    if (!literal.ends_with(']'))
        return permanent("5.1.2", "malformed address literal");
    std::string_view inner = literal.substr(1, literal.size() - 2);
    if (base::starts_with_icase(inner, "IPv6:"))
        inner.remove_prefix(5);
    const auto address = net::Address::parse_ip(inner, settings.port);
    if (!address)
        return permanent("5.1.2", "malformed address literal");
    return Plan{.hosts = {{.name = address->ip(), .address = address, .port = settings.port}}};
}

/// rfc5321#5.1: from our own name's preference on, every host would only send it back to us.
Attempted<std::vector<net::MxRecord>> without_ourselves(std::vector<net::MxRecord> records,
                                                        const std::string& own_name)
{
    const auto ours = std::ranges::find_if(
        records, [&](const net::MxRecord& record) { return base::equal_icase(record.host, own_name); });
    if (ours == records.end())
        return records;
    const auto preference = ours->preference;
    std::erase_if(records, [&](const net::MxRecord& record) { return record.preference >= preference; });
    if (records.empty())
        return permanent("5.4.6", "this server is the domain's MX, but the domain is not local here");
    return records;
}

} // namespace

void shuffle_equals(std::vector<net::MxRecord>& records)
{
    for (std::size_t i = records.size(); i > 1; --i)
        std::swap(records[i - 1], records[base::random_u64() % i]);
    std::ranges::sort(records, {}, &net::MxRecord::preference);
}

Task<Attempted<Plan>> plan_for_domain(net::Resolver& resolver, std::string domain, RoutingSettings settings,
                                      Shuffle shuffle)
{
    if (domain.starts_with('['))
        co_return plan_for_literal(domain, settings);
    const auto name = to_ascii_domain(domain);
    if (!name || name->empty())
        co_return permanent("5.1.2", "not a domain name");
    auto answer = co_await resolver.mx(*name);
    if (!answer) {
        if (answer.error().fault == base::Fault::invalid)
            co_return permanent("5.1.2", "not a domain name");
        co_return temporary("4.4.3", "the DNS does not answer for " + *name);
    }
    if (answer->status == DnsStatus::no_domain)
        co_return permanent("5.1.2", "the domain " + *name + " does not exist");
    std::vector<net::MxRecord> records = std::move(answer->records);
    if (records.empty()) // the implicit MX
        records.push_back({0, *name});
    for (net::MxRecord& record : records)
        record.host = without_dot(base::to_lower(record.host));
    if (std::ranges::all_of(records, [](const net::MxRecord& record) { return record.host.empty(); }))
        co_return permanent("5.1.10", "the domain " + *name + " accepts no mail (null MX)");
    std::erase_if(records, [](const net::MxRecord& record) { return record.host.empty(); });
    shuffle(records);
    auto others = without_ourselves(std::move(records), settings.own_name);
    if (!others)
        co_return std::unexpected(std::move(others.error()));
    Plan plan;
    for (const net::MxRecord& record : *others)
        if (plan.hosts.size() < settings.max_hosts)
            plan.hosts.push_back({.name = record.host, .address = {}, .port = settings.port});
    co_return plan;
}

Attempted<Plan> plan_for_route(std::string_view text, std::uint16_t default_port)
{
    const auto route = queue::parse_route(text, default_port);
    if (!route)
        return temporary("4.3.5", "the route \"" + std::string(text) + "\" can't be read");
    RouteHost host{.name = route->host, .address = {}, .port = route->port, .chosen_by_us = true};
    host.address = net::Address::parse_ip(route->host, route->port);
    return Plan{.hosts = {std::move(host)}};
}

Task<Attempted<std::vector<net::Address>>> addresses_of(net::Resolver& resolver, RouteHost host,
                                                        RoutingSettings settings)
{
    using config::AddressFamily;
    std::vector<net::Address> v4;
    std::vector<net::Address> v6;
    bool unsure = false;
    if (host.address) {
        v4.push_back(*host.address);
    } else {
        if (settings.family != AddressFamily::ipv6) {
            auto answer = co_await resolver.a(host.name);
            unsure = unsure || (!answer && answer.error().fault != base::Fault::invalid);
            if (answer)
                v4 = std::move(answer->records);
        }
        if (settings.family != AddressFamily::ipv4) {
            auto answer = co_await resolver.aaaa(host.name);
            unsure = unsure || (!answer && answer.error().fault != base::Fault::invalid);
            if (answer)
                v6 = std::move(answer->records);
        }
    }
    const bool any = !v4.empty() || !v6.empty();
    std::vector<net::Address> addresses;
    for (std::size_t i = 0; i < std::max(v4.size(), v6.size()); ++i)
        for (const auto* family : {&v4, &v6})
            if (i < family->size())
                addresses.push_back((*family)[i].with_port(host.port));
    if (!host.chosen_by_us && !settings.private_addresses)
        std::erase_if(addresses, [](const net::Address& address) { return address.is_private(); });
    if (!addresses.empty())
        co_return addresses;
    if (unsure || (!any && host.chosen_by_us)) // a route of ours may be a slip of ours: no mail is lost to it
        co_return temporary("4.4.3", "no address found for " + host.name);
    if (any)
        co_return permanent("5.4.4", host.name + " has only private addresses");
    co_return permanent("5.4.4", host.name + " has no address");
}

} // namespace mansio::relay
