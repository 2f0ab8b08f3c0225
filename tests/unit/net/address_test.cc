#include "net/address.h"

#include <gtest/gtest.h>

namespace mansio::net {
namespace {

struct Row {
    const char* in;
    const char* text;
    const char* network;
    const char* literal;
};

constexpr Row rows[] = {
    {"192.0.2.1:25", "192.0.2.1:25", "192.0.2.0/24", "[192.0.2.1]"},
    {"[2001:db8:1:2:3::4]:587", "[2001:db8:1:2:3::4]:587", "2001:db8:1:2::/64", "[IPv6:2001:db8:1:2:3::4]"},
    {"[::ffff:192.0.2.7]:1", "192.0.2.7:1", "192.0.2.0/24", "[192.0.2.7]"},
    {"*:143", "[::]:143", "::/64", "[IPv6:::]"},
    {"unix:/run/lmtp", "unix:/run/lmtp", "unix", "[/run/lmtp]"},
};

TEST(Address, ParsesAndFormats)
{
    for (const Row& row : rows) {
        SCOPED_TRACE(row.in);
        auto address = Address::parse(row.in);
        ASSERT_TRUE(address);
        EXPECT_EQ(address->text(), row.text);
        EXPECT_EQ(address->network(), row.network);
        EXPECT_EQ(address->literal(), row.literal);
    }
}

TEST(Address, RefusesWhatIsNoAddress)
{
    for (const char* text :
         {"", "25", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.256:1", "::1:25", "[::1]",
          "[::1:25", "host:25", "unix:", "192.0.2.1:-1", "[192.0.2.1]:1"})
        EXPECT_FALSE(Address::parse(text)) << text;
    EXPECT_FALSE(Address::parse_ip("1.2.3"));
    EXPECT_FALSE(Address::parse_ip(std::string_view("1.2.3.4\0x", 9)));
}

TEST(Address, KnowsLoopbackAndPrivateNetworks)
{
    for (const char* text : {"127.0.0.1", "127.9.9.9", "::1"})
        EXPECT_TRUE(Address::parse_ip(text)->is_loopback()) << text;
    for (const char* text : {"10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.1.1", "100.64.0.1", "0.0.0.0",
                             "fe80::1", "fd00::1", "::"})
        EXPECT_TRUE(Address::parse_ip(text)->is_private()) << text;
    for (const char* text : {"11.0.0.1", "172.32.0.1", "192.0.2.1", "100.128.0.1", "2001:db8::1", "::2"})
        EXPECT_FALSE(Address::parse_ip(text)->is_private()) << text;
    EXPECT_FALSE(Address::parse_ip("::2")->is_loopback());
}

TEST(Address, ReversesForTheDns)
{
    EXPECT_EQ(Address::parse_ip("192.0.2.1")->reverse_name(), "1.2.0.192.in-addr.arpa");
    EXPECT_EQ(Address::parse_ip("2001:db8::1")->reverse_name(),
              "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

} // namespace
} // namespace mansio::net
