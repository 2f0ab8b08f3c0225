#include "net_test.h"

#include "net/dns_wire.h"
#include "net/fake_resolver.h"

#include <csignal>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace mansio::net {
namespace {

using ResolverTest = WithLoop;

/// A UDP socket on loopback that nobody reads, with a port below the ephemeral ones when wanted.
struct UdpSocket {
    explicit UdpSocket(std::uint16_t wanted)
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(wanted);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        bound = ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
        socklen_t size = sizeof(address);
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
        port = ntohs(address.sin_port);
    }
    ~UdpSocket() { ::close(descriptor); }
    std::string server() const { return "127.0.0.1@" + std::to_string(port); }
    int descriptor;
    bool bound;
    std::uint16_t port;
};

TEST(DnsWire, ParsesRecordData)
{
    using namespace std::string_literals;
    EXPECT_EQ(dns::parse_name("\4Mail\7example\0"s), "mail.example");
    EXPECT_EQ(dns::parse_name("\0"s), "");
    EXPECT_EQ(dns::parse_mx("\0\12\2mx\4test\0"s), (MxRecord{10, "mx.test"}));
    EXPECT_EQ(dns::parse_mx("\0\0\0"s), (MxRecord{0, ""}));
    EXPECT_EQ(dns::parse_txt("\3v=s\4pf1 "s), "v=spf1 ");
    EXPECT_EQ(dns::parse_a("\300\0\2\1"s)->ip(), "192.0.2.1");
    EXPECT_EQ(dns::parse_tlsa("\3\1\1abc"s), (TlsaRecord{3, 1, 1, "abc"}));
}

TEST(DnsWire, RefusesMalformedData)
{
    using namespace std::string_literals;
    for (const std::string& data : {""s, "\4Mai"s, "\4Mail"s, "\1a\0x"s, "\100"s, "\3a.b\0"s, "\2a\0\0"s})
        EXPECT_FALSE(dns::parse_name(data)) << data;
    EXPECT_FALSE(dns::parse_mx("\0\1"s));
    EXPECT_FALSE(dns::parse_a("abc"s));
    std::string long_name;
    for (int labels = 0; labels < 127; ++labels)
        long_name += "\1a";
    EXPECT_EQ(dns::parse_name(long_name + '\0')->size(), 253U);
    EXPECT_FALSE(dns::parse_name("\1a" + long_name + '\0'));
    EXPECT_FALSE(dns::parse_aaaa("abcd"s));
    // A mapped address is the IPv4 address it leads to, so that nobody comes to 127.0.0.1 by it.
    const auto mapped = dns::parse_aaaa("\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1"s);
    EXPECT_EQ(mapped, Address::v4({127, 0, 0, 1}, 0));
    EXPECT_TRUE(mapped->is_loopback() && mapped->is_private());
    EXPECT_FALSE(dns::parse_txt("\5abc"s));
    EXPECT_FALSE(dns::parse_tlsa("\1\1\1"s));
}

TEST(DnsWire, KnowsWhatCanBeAskedFor)
{
    for (const char* name : {"example.test", "example.test.", "_dmarc.example.test", ".", "a"})
        EXPECT_TRUE(dns::is_query_name(name)) << name;
    for (const std::string& name :
         {std::string(), std::string("a..b"), std::string(".a"), std::string("a b"), std::string("a\\.b"),
          std::string(64, 'a'), std::string(254, 'a'), std::string("a\0b", 3), std::string("ä.test")})
        EXPECT_FALSE(dns::is_query_name(name)) << name;
}

TEST_F(ResolverTest, TheFakeAnswersFromItsMaps)
{
    FakeResolver names;
    names.mx_records["example.test"] = {{20, "b.test"}, {10, "a.test"}};
    names.a_records["a.test"] = {"192.0.2.1"};
    names.ptr_records["192.0.2.1"] = {"a.test"};
    names.failing.insert("broken.test");
    names.secure.insert("example.test");
    auto mx = run(names.mx("Example.TEST."));
    ASSERT_TRUE(mx);
    EXPECT_EQ(mx->status, DnsStatus::found);
    EXPECT_EQ(mx->records, (std::vector<MxRecord>{{10, "a.test"}, {20, "b.test"}}));
    EXPECT_TRUE(mx->secure);
    EXPECT_EQ(run(names.a("a.test"))->records.front().ip(), "192.0.2.1");
    EXPECT_EQ(run(names.aaaa("a.test"))->status, DnsStatus::no_data);
    EXPECT_EQ(run(names.txt("nowhere.test"))->status, DnsStatus::no_domain);
    EXPECT_EQ(run(names.ptr(*Address::parse_ip("192.0.2.1")))->records.front(), "a.test");
    EXPECT_EQ(run(names.mx("broken.test")).error().fault, Fault::temporary);
    EXPECT_EQ(run(names.mx("a..b")).error().fault, Fault::invalid);
}

TEST_F(ResolverTest, BadSettingsAreRefused)
{
    EXPECT_FALSE(make_unbound_resolver(loop, {.servers = {"no address"}}));
    EXPECT_FALSE(
        make_unbound_resolver(loop, {.servers = {"127.0.0.1"}, .trust_anchor_file = "/nonexistent"}));
}

TEST_F(ResolverTest, ASilentServerIsATemporaryFailureAtTheTimeout)
{
    UdpSocket silent(0);
    auto names = make_unbound_resolver(loop, {.servers = {silent.server()}, .timeout = 50ms});
    ASSERT_TRUE(names) << names.error().cause;
    auto answer = run((*names)->mx("example.test"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().fault, Fault::temporary);
}

constexpr const char* zone = R"($ORIGIN example.test.
$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
@ MX 20 mx2
@ MX 10 mx1
@ TXT "v=spf1 " "-all"
ns A 127.0.0.1
mx1 A 192.0.2.1
mx1 AAAA 2001:db8::1
alias CNAME mx1
null MX 0 .
_25._tcp.mx1 TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000001
)";

/// A private nsd that serves example.test on loopback.
class NsdTest : public ResolverTest {
protected:
    void SetUp() override
    {
        if (::access("/usr/sbin/nsd", X_OK) != 0)
            GTEST_SKIP() << "/usr/sbin/nsd is not installed";
        for (port = 25353; !UdpSocket(port).bound; ++port)
            ASSERT_LT(port, 25400);
        directory.write("example.zone", zone);
        const std::string at = directory.path.string();
        const std::string config = directory.write(
            "nsd.conf",
            "server:\n ip-address: 127.0.0.1@" + std::to_string(port) + "\n username: \"\"\n chroot: \"\"\n" +
                " zonesdir: \"" + at + "\"\n database: \"\"\n pidfile: \"" + at + "/pid\"\n" +
                " zonelistfile: \"" + at + "/zones\"\n xfrdfile: \"" + at + "/xfrd\"\n xfrdir: \"" + at +
                "\"\n logfile: \"" + at + "/log\"\n server-count: 1\nremote-control:\n control-enable: no\n" +
                "zone:\n name: example.test\n zonefile: example.zone\n");
        std::string program = "/usr/sbin/nsd", debug = "-d", option = "-c", file = config;
        char* arguments[] = {program.data(), debug.data(), option.data(), file.data(), nullptr};
        ASSERT_EQ(::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ), 0);
        names = make_unbound_resolver(loop, {.servers = {"127.0.0.1@" + std::to_string(port)},
                                             .timeout = 5s,
                                             .outgoing_address = "127.0.0.1"})
                    .value();
        ASSERT_TRUE(answers()) << "nsd does not answer";
    }
    void TearDown() override
    {
        names.reset();
        if (child <= 0)
            return;
        ::kill(child, SIGTERM);
        ::waitpid(child, nullptr, 0);
    }
    /// nsd takes a moment to start; until then connections to its TCP port are refused.
    bool answers()
    {
        const Deadline until = soon();
        while (!until.passed()) {
            auto stream = run(connect(loop, Address::loopback(port), {.deadline = soon()}));
            if (stream)
                return true;
            run(sleep_until(Deadline::after(10ms)));
        }
        return false;
    }

    ScratchDirectory directory;
    std::uint16_t port = 0;
    pid_t child = 0;
    std::unique_ptr<Resolver> names;
};

TEST_F(NsdTest, UnboundAsksTheServerItWasGiven)
{
    auto mx = run(names->mx("example.test"));
    ASSERT_TRUE(mx) << mx.error().cause;
    EXPECT_EQ(mx->records, (std::vector<MxRecord>{{10, "mx1.example.test"}, {20, "mx2.example.test"}}));
    EXPECT_FALSE(mx->secure);
    EXPECT_GT(mx->ttl, 0u);
    EXPECT_EQ(run(names->mx("null.example.test"))->records, (std::vector<MxRecord>{{0, ""}}));
    EXPECT_EQ(run(names->a("alias.example.test"))->records.front().ip(), "192.0.2.1");
    EXPECT_EQ(run(names->aaaa("mx1.example.test"))->records.front().ip(), "2001:db8::1");
    EXPECT_EQ(run(names->txt("example.test"))->records, (std::vector<std::string>{"v=spf1 -all"}));
    EXPECT_EQ(run(names->tlsa("_25._tcp.mx1.example.test"))->records.front().data.size(), 32u);
    EXPECT_EQ(run(names->aaaa("ns.example.test"))->status, DnsStatus::no_data);
    EXPECT_EQ(run(names->a("nowhere.example.test"))->status, DnsStatus::no_domain);
    EXPECT_EQ(run(names->a("other.example")).error().fault, Fault::temporary) << "REFUSED by the server";
    EXPECT_EQ(run(names->a("bad name")).error().fault, Fault::invalid);
}

} // namespace
} // namespace mansio::net
