#include "house.h"

#include "net/channel.h"

#include <gtest/gtest.h>

using namespace mansio;
using namespace mansio::pop3d::test;
using pop3d::ListenerKind;

namespace {

base::Deadline soon()
{
    return base::Deadline::after(std::chrono::seconds(10));
}

base::Task<std::string> read_line(net::Channel& wire)
{
    auto line = co_await wire.read_line({1000}, soon());
    co_return line ? line->text : "(" + std::string(name(line.error().fault)) + ")";
}

base::Task<std::string> ask(net::Channel& wire, std::string command)
{
    wire.write(command + "\r\n");
    auto line = co_await read_line(wire);
    co_return line;
}

base::Task<bool> handshake(net::Channel& wire)
{
    const auto context = net::TlsContext::client();
    net::TlsClientOptions options;
    options.server_name = "here.example";
    auto facts = co_await wire.stream().start_tls_client(*context, std::move(options), soon());
    co_return facts.has_value();
}

base::Task<std::string> close_and_say(net::Channel& wire, std::string what)
{
    wire.stream().close();
    co_return what;
}

base::Task<std::string> log_in_with_stls(net::Channel& wire)
{
    auto greeting = co_await read_line(wire);
    auto early = co_await ask(wire, "USER alice@here.example");
    auto begin = co_await ask(wire, "STLS");
    const bool shaken = co_await handshake(wire);
    // What was said before the handshake counts no more.
    auto without_user = co_await ask(wire, "PASS correct horse 7");
    auto again = co_await ask(wire, "STLS");
    auto user = co_await ask(wire, "USER alice@here.example");
    auto in = co_await ask(wire, "PASS correct horse 7");
    auto all = begin + "|" + (shaken ? "tls" : "no tls") + "|" + without_user + "|" + again + "|" + in;
    auto said = co_await close_and_say(wire, all);
    co_return said;
}

base::Task<std::string> log_in_over_tls(net::Channel& wire)
{
    const bool shaken = co_await handshake(wire);
    auto greeting = co_await read_line(wire);
    auto user = co_await ask(wire, "USER alice@here.example");
    auto in = co_await ask(wire, "PASS correct horse 7");
    auto said = co_await close_and_say(wire, (shaken ? "tls|" : "no tls|") + greeting + "|" + in);
    co_return said;
}

base::Task<std::string> inject(net::Channel& wire)
{
    auto greeting = co_await read_line(wire);
    auto first = co_await ask(wire, "STLS\r\nUSER mallory@here.example");
    auto second = co_await read_line(wire);
    auto said = co_await close_and_say(wire, first + "|" + second);
    co_return said;
}

} // namespace

TEST(Pop3Tls, StlsForgetsWhatWasSaidBefore)
{
    House house;
    house.make_certificate();
    net::Channel wire(house.connect_stream(ListenerKind::plain));
    EXPECT_EQ(house.wait(log_in_with_stls(wire)),
              "+OK Begin TLS|tls|-ERR USER comes first|-ERR TLS is on already|+OK 3 messages (153 octets)");
}

TEST(Pop3Tls, MayComeFirst)
{
    House house;
    house.settings().pop3.plaintext_login = false;
    house.make_certificate();
    net::Channel wire(house.connect_stream(ListenerKind::tls));
    EXPECT_EQ(house.wait(log_in_over_tls(wire)),
              "tls|+OK here.example POP3 ready|+OK 3 messages (153 octets)");
}

TEST(Pop3Tls, CommandsSentAheadOfTheHandshakeEndTheConnection) // CVE-2011-0411
{
    House house;
    house.make_certificate();
    net::Channel wire(house.connect_stream(ListenerKind::plain));
    EXPECT_EQ(house.wait(inject(wire)), "-ERR Nothing may follow STLS before TLS|(closed)");
}

TEST(Pop3Tls, GarbageInsteadOfAHandshakeEndsThatSessionOnly)
{
    House house;
    house.make_certificate();
    auto noise = house.connect(ListenerKind::tls);
    noise.send("CAPA\r\nQUIT\r\n");
    noise.hang_up();
    auto good = house.connect();
    good.login();
    EXPECT_EQ(good.ask("QUIT"), "+OK Goodbye");
}

TEST(Pop3Tls, StlsIsRefusedWithoutACertificateAndAfterUtf8)
{
    House house;
    auto without = house.connect();
    without.line();
    EXPECT_EQ(without.ask("STLS"), "-ERR TLS is not offered");
    house.make_certificate();
    auto client = house.connect();
    client.line();
    EXPECT_EQ(client.ask("STLS now"), "-ERR This command takes no argument");
    EXPECT_EQ(client.ask("UTF8"), "+OK UTF-8 mode");
    EXPECT_EQ(client.ask("STLS"), "-ERR Not after UTF8");
}

namespace {

/// Everything that comes until the other end closes.
base::Task<std::string> read_to_end(net::Stream& stream)
{
    std::string all;
    char piece[100];
    for (;;) {
        auto got =
            co_await stream.read_some(piece, sizeof piece, base::Deadline::after(std::chrono::seconds(10)));
        if (!got)
            co_return got.error().fault == base::Fault::closed ? all : all + "(open)";
        all.append(piece, *got);
    }
}

std::string refusal(ListenerKind kind)
{
    House house;
    auto ends = net::stream_pair(house.loop(), house.loop());
    house.wait(refuse_connection(std::move(ends.first), kind));
    return house.wait(read_to_end(ends.second));
}

} // namespace

TEST(Pop3Limits, AConnectionTooManyIsToldToTryAgain)
{
    EXPECT_EQ(refusal(ListenerKind::plain), "-ERR [SYS/TEMP] Too many connections, try again later\r\n");
    EXPECT_EQ(refusal(ListenerKind::tls), "");
}
