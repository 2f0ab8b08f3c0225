#include "relay/route.h"

#include "net/fake_resolver.h"
#include "relay/idna.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace mansio::relay {
namespace {

net::FakeResolver names()
{
    net::FakeResolver dns;
    dns.mx_records["b.example"] = {{10, "mx1.b.example"}, {20, "mx2.b.example"}, {20, "mx3.b.example"}};
    dns.mx_records["null.example"] = {{0, ""}};
    dns.mx_records["ours.example"] = {{10, "Mail.Here.Example."}, {20, "mx2.b.example"}};
    dns.mx_records["backup.example"] = {
        {5, "mx1.b.example"}, {10, "mail.here.example"}, {20, "mx2.b.example"}};
    dns.mx_records["xn--bcher-kva.example"] = {{10, "mx1.b.example"}};
    dns.a_records["plain.example"] = {"192.0.2.9"};
    dns.a_records["mx1.b.example"] = {"192.0.2.1", "192.0.2.2"};
    dns.aaaa_records["mx1.b.example"] = {"2001:db8::1"};
    dns.a_records["inside.example"] = {"10.0.0.1", "127.0.0.1"};
    dns.a_records["mixed.example"] = {"10.0.0.1", "192.0.2.7"};
    dns.failing = {"broken.example"};
    return dns;
}

template <class T>
T run(Task<T> task)
{
    base::ManualExecutor executor;
    return base::sync_wait(executor, std::move(task));
}

std::string show(const Attempted<Plan>& plan)
{
    if (!plan)
        return (plan.error().kind == Trouble::Kind::permanent ? "never " : "later ") + plan.error().status;
    std::string out;
    for (const RouteHost& host : plan->hosts)
        out += host.name + ":" + std::to_string(host.port) + " ";
    return out;
}

TEST(PlanForDomain, FollowsTheMxOrSaysWhyNot)
{
    struct Row {
        std::string domain, shown;
    };
    for (const Row& row :
         {Row{"b.example", "mx1.b.example:25 mx2.b.example:25 mx3.b.example:25 "},
          Row{"B.EXAMPLE", "mx1.b.example:25 mx2.b.example:25 mx3.b.example:25 "},
          Row{"plain.example", "plain.example:25 "}, Row{"null.example", "never 5.1.10"},
          Row{"nowhere.example", "never 5.1.2"}, Row{"broken.example", "later 4.4.3"},
          Row{"ours.example", "never 5.4.6"}, Row{"backup.example", "mx1.b.example:25 "},
          Row{"b\xc3\xbc\x63her.example", "mx1.b.example:25 "}, Row{"[192.0.2.5]", "192.0.2.5:25 "},
          Row{"[IPv6:2001:db8::5]", "2001:db8::5:25 "}, Row{"[nonsense]", "never 5.1.2"},
          Row{"[192.0.2.5", "never 5.1.2"}, Row{"", "never 5.1.2"}}) {
        net::FakeResolver dns = names();
        RoutingSettings settings{.own_name = "mail.here.example"};
        const auto in_order = [](std::vector<net::MxRecord>& records) {
            std::sort(records.begin(), records.end());
        };
        EXPECT_EQ(show(run(plan_for_domain(dns, row.domain, settings, in_order))), row.shown) << row.domain;
    }
}

TEST(PlanForDomain, TakesOnlySoManyHosts)
{
    net::FakeResolver dns = names();
    RoutingSettings settings{.own_name = "x.example", .max_hosts = 2};
    EXPECT_EQ(run(plan_for_domain(dns, "b.example", settings))->hosts.size(), 2U);
}

TEST(ShuffleEquals, MixesEqualsAndKeepsPreferences)
{
    std::set<std::string> seconds;
    for (int i = 0; i < 200; ++i) {
        std::vector<net::MxRecord> records{{20, "b"}, {20, "c"}, {10, "a"}, {30, "d"}};
        shuffle_equals(records);
        EXPECT_EQ(records[0].host, "a");
        EXPECT_EQ(records[3].host, "d");
        seconds.insert(records[1].host);
    }
    EXPECT_EQ(seconds, (std::set<std::string>{"b", "c"}));
}

TEST(PlanForRoute, ReadsHostAndPort)
{
    EXPECT_EQ(show(plan_for_route("Smart.example:587", 25)), "smart.example:587 ");
    EXPECT_EQ(show(plan_for_route("smart.example", 2525)), "smart.example:2525 ");
    EXPECT_EQ(show(plan_for_route("a b", 25)), "later 4.3.5") << "a slip in the settings bounces nothing";
    EXPECT_TRUE(plan_for_route("[::1]:25", 25)->hosts.at(0).address);
}

std::string addresses(std::string host, RoutingSettings settings, bool chosen = false)
{
    net::FakeResolver dns = names();
    const auto found =
        run(addresses_of(dns, {.name = host, .address = {}, .port = 26, .chosen_by_us = chosen}, settings));
    if (!found)
        return (found.error().kind == Trouble::Kind::permanent ? "never " : "later ") + found.error().status;
    std::string out;
    for (const net::Address& address : *found)
        out += address.text() + " ";
    return out;
}

TEST(AddressesOf, AlternatesBetweenFamiliesAndKeepsOutOfPrivateNets)
{
    using config::AddressFamily;
    EXPECT_EQ(addresses("mx1.b.example", {}), "192.0.2.1:26 [2001:db8::1]:26 192.0.2.2:26 ");
    EXPECT_EQ(addresses("mx1.b.example", {.family = AddressFamily::ipv6}), "[2001:db8::1]:26 ");
    EXPECT_EQ(addresses("mx1.b.example", {.family = AddressFamily::ipv4}), "192.0.2.1:26 192.0.2.2:26 ");
    EXPECT_EQ(addresses("mixed.example", {}), "192.0.2.7:26 ");
    EXPECT_EQ(addresses("inside.example", {}), "never 5.4.4");
    EXPECT_EQ(addresses("inside.example", {.private_addresses = true}), "10.0.0.1:26 127.0.0.1:26 ");
    EXPECT_EQ(addresses("inside.example", {}, true), "10.0.0.1:26 127.0.0.1:26 ");
    EXPECT_EQ(addresses("mx9.b.example", {}), "never 5.4.4");
    EXPECT_EQ(addresses("mx9.b.example", {}, true), "later 4.4.3");
    EXPECT_EQ(addresses("broken.example", {}), "later 4.4.3");
}

TEST(Idna, WritesDomainsInAscii)
{
    EXPECT_EQ(to_ascii_domain("B\xc3\x9c\x43HER.example"), "xn--bcher-kva.example");
    EXPECT_EQ(to_ascii_domain("Plain_host.Example"), "plain_host.example");
    EXPECT_EQ(to_ascii_domain("\xff.example"), std::nullopt);
    EXPECT_EQ(to_ascii_address("bob@b\xc3\xbc\x63her.example"), "bob@xn--bcher-kva.example");
    EXPECT_EQ(to_ascii_address("b\xc3\xb6\x62@b.example"), std::nullopt);
}

} // namespace
} // namespace mansio::relay
