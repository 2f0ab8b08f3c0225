#pragma once
#include "config/relay_settings.h"
#include "net/resolver.h"
#include "relay/trouble.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mansio::relay {

/// One place to try: a name whose addresses are looked up when its turn comes, or an address.
struct RouteHost {
    std::string name; ///< for EHLO's log, TLS and the reports; an address as text when there is no name
    std::optional<net::Address> address;
    std::uint16_t port = 25;
    bool chosen_by_us = false; ///< smarthost or a person's route: private addresses are fine
};

/// Where the mail of one lane goes: hosts in the order to try.
struct Plan {
    std::vector<RouteHost> hosts;
    bool smarthost = false; ///< the smarthost's TLS rules and login apply
};

struct RoutingSettings {
    std::string own_name{}; ///< never deliver to ourselves
    std::uint16_t port = 25;
    std::size_t max_hosts = 10;
    config::AddressFamily family = config::AddressFamily::both;
    bool private_addresses = false;
};

/// Puts hosts of equal preference in random order: rfc5321#5.1. Replaceable for tests.
using Shuffle = std::function<void(std::vector<net::MxRecord>&)>;
void shuffle_equals(std::vector<net::MxRecord>& records);

/// The hosts of a domain: its MX records by preference, or the domain itself without any (rfc5321#5.1).
/// Permanent: the domain does not exist, has a null MX (rfc7505), or its best MX is this server. `domain` may
/// be a U-label or an address literal.
Task<Attempted<Plan>> plan_for_domain(net::Resolver& resolver, std::string domain, RoutingSettings settings,
                                      Shuffle shuffle = shuffle_equals);
/// The one host of "host:port".
Attempted<Plan> plan_for_route(std::string_view route, std::uint16_t default_port);

/// The addresses of a host, IPv4 and IPv6 in turn, with its port. IPv4 goes first: its reverse names and its
/// reputation are in order more often. Permanent when it has none we may use.
Task<Attempted<std::vector<net::Address>>> addresses_of(net::Resolver& resolver, RouteHost host,
                                                        RoutingSettings settings);

} // namespace mansio::relay
