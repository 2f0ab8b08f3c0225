#include "net_test.h"

#include "net/connections.h"

namespace mansio::net {
namespace {

using ConnectionsTest = WithLoop;

Address peer(const char* ip)
{
    return *Address::parse_ip(ip, 4321);
}

TEST(Connections, LimitsByNetworkAndInTotal)
{
    Connections connections({.total = 4, .per_network = 2});
    auto a = connections.admit(peer("192.0.2.1"));
    auto b = connections.admit(peer("192.0.2.99"));
    EXPECT_TRUE(a && b);
    EXPECT_FALSE(connections.admit(peer("192.0.2.3")));
    EXPECT_EQ(connections.count(peer("192.0.2.200")), 2u);
    auto c = connections.admit(peer("198.51.100.1"));
    auto d = connections.admit(peer("127.0.0.1"));
    EXPECT_TRUE(c && d);
    EXPECT_FALSE(connections.admit(peer("203.0.113.1"))) << "total";
    a.reset();
    EXPECT_TRUE(connections.admit(peer("192.0.2.3")));
    EXPECT_EQ(connections.count(), 3u);
}

TEST(Connections, LoopbackHasNoLimitOfItsOwn)
{
    Connections connections({.total = 100, .per_network = 1});
    std::vector<Connections::Ticket> tickets;
    for (int i = 0; i < 10; ++i) {
        auto ticket = connections.admit(peer("127.0.0.1"));
        ASSERT_TRUE(ticket);
        tickets.push_back(std::move(*ticket));
    }
    tickets.clear();
    EXPECT_EQ(connections.count(), 0u);
}

Task<void> session(Stream stream, Connections& connections, Connections::Ticket ticket)
{
    ticket.attach(stream);
    char byte;
    auto got = co_await stream.read_some(&byte, 1, soon());
    EXPECT_EQ(got.error().fault, Fault::closed);
    EXPECT_TRUE(connections.draining());
    auto sent = co_await stream.write_all("* BYE\r\n", soon());
    EXPECT_TRUE(sent);
}

TEST_F(ConnectionsTest, DrainWakesSessionsThatThenSayGoodbye)
{
    Connections connections;
    auto [a, b] = stream_pair(loop, loop);
    base::spawn(loop, session(std::move(a), connections, std::move(*connections.admit(peer("192.0.2.1")))),
                "s");
    EXPECT_EQ(connections.count(), 1u);
    connections.begin_drain();
    run(connections.drained(soon()));
    EXPECT_EQ(connections.count(), 0u);
    char buffer[100];
    auto got = run(b.read_some(buffer, sizeof(buffer), soon()));
    EXPECT_EQ(std::string(buffer, *got), "* BYE\r\n");
    EXPECT_FALSE(connections.admit(peer("192.0.2.1")));
}

TEST_F(ConnectionsTest, DrainedEndsAtItsDeadlineAndCloseAllClosesTheRest)
{
    Connections connections;
    auto [a, b] = stream_pair(loop, loop);
    auto ticket = connections.admit(peer("192.0.2.1"));
    ticket->attach(a);
    run(connections.drained(Deadline::after(20ms)));
    EXPECT_EQ(connections.count(), 1u);
    connections.close_all();
    char byte;
    EXPECT_EQ(run(b.read_some(&byte, 1, soon())).error().fault, Fault::closed);
}

} // namespace
} // namespace mansio::net
