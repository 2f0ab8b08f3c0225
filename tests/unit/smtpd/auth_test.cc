#include "house.h"

#include "base/bytes.h"
#include "base/scram.h"
#include "net/channel.h"
#include "wire/sasl/client.h"
#include "wire/sasl/server.h"

#include <gtest/gtest.h>

using namespace mansio;
using namespace mansio::smtpd::test;
using base::base64_encode;
using smtpd::ListenerKind;

namespace {

House::Client submission(House& house)
{
    auto client = house.connect(ListenerKind::submission);
    client.begin();
    return client;
}

base::Deadline soon()
{
    return base::Deadline::after(std::chrono::seconds(10));
}

/// A whole reply, lines divided by '|'.
base::Task<std::string> read_reply(net::Channel& wire)
{
    std::string all;
    for (;;) {
        auto line = co_await wire.read_line({4000}, soon());
        if (!line)
            co_return all + "(" + std::string(name(line.error().fault)) + ")";
        all += line->text;
        if (line->text.size() < 4 || line->text[3] != '-')
            co_return all;
        all += '|';
    }
}

base::Task<std::string> ask(net::Channel& wire, std::string command)
{
    wire.write(command + "\r\n");
    auto reply = co_await read_reply(wire);
    co_return reply;
}

base::Task<bool> handshake(net::Channel& wire)
{
    const auto context = net::TlsContext::client();
    net::TlsClientOptions options;
    options.server_name = "here.example";
    auto facts = co_await wire.stream().start_tls_client(*context, std::move(options), soon());
    co_return facts.has_value();
}

base::Task<std::string> upgrade(net::Channel& wire)
{
    auto greeting = co_await read_reply(wire);
    auto before = co_await ask(wire, "EHLO client.example");
    auto go = co_await ask(wire, "STARTTLS");
    const bool shaken = co_await handshake(wire);
    auto early = co_await ask(wire, "MAIL FROM:<>");
    auto after = co_await ask(wire, "EHLO client.example");
    co_return before + "\n" + go + "\n" + (shaken ? "tls" : "no tls") + "\n" + early + "\n" + after;
}

base::Task<std::string> inject(net::Channel& wire)
{
    auto greeting = co_await read_reply(wire);
    auto ehlo = co_await ask(wire, "EHLO client.example");
    auto first = co_await ask(wire, "STARTTLS\r\nMAIL FROM:<mallory@remote.example>");
    auto second = co_await read_reply(wire);
    co_return first + "|" + second;
}

/// SCRAM-SHA-256-PLUS by hand, over the implicit TLS of 465; `binding` is what the client says TLS told it.
base::Task<std::string> log_in_bound(net::Channel& wire, std::string* binding)
{
    const bool shaken = co_await handshake(wire);
    if (!shaken)
        co_return std::string("no tls");
    if (binding->empty())
        *binding = wire.stream().tls()->tls_exporter;
    auto greeting = co_await read_reply(wire);
    auto ehlo = co_await ask(wire, "EHLO client.example");
    const std::string header = "p=tls-exporter,,";
    const std::string bare = "n=alice@here.example,r=abcdef";
    auto first = co_await ask(wire, "AUTH SCRAM-SHA-256-PLUS " + base64_encode(header + bare));
    const auto server_first = base::base64_decode(first.substr(4)).value_or("");
    const auto salt_at = server_first.find(",s=");
    const auto count_at = server_first.find(",i=");
    if (count_at == std::string::npos)
        co_return first;
    const auto salt = *base::base64_decode(server_first.substr(salt_at + 3, count_at - salt_at - 3));
    const auto count = static_cast<std::uint32_t>(std::stoul(server_first.substr(count_at + 3)));
    const auto salted = base::salted_password_sha256(password, salt, count);
    auto proof = base::hmac_sha256(salted, "Client Key");
    const auto without_proof =
        "c=" + base64_encode(header + *binding) + ",r=" + server_first.substr(2, salt_at - 2);
    const auto signature =
        base::hmac_sha256(base::sha256(proof), bare + "," + server_first + "," + without_proof);
    for (std::size_t i = 0; i < proof.size(); ++i)
        proof[i] = static_cast<char>(proof[i] ^ signature[i]);
    auto last = co_await ask(wire, base64_encode(without_proof + ",p=" + base64_encode(proof)));
    if (!last.starts_with("334 "))
        co_return last;
    auto done = co_await ask(wire, "");
    co_return done;
}

base::Task<std::string> and_close(net::Channel& wire, base::Task<std::string> talk)
{
    auto said = co_await talk;
    wire.stream().close();
    co_return said;
}

} // namespace

TEST(SmtpAuth, KnowsEveryMechanismOfTheClient)
{
    for (const char* mechanism : {"PLAIN", "LOGIN", "SCRAM-SHA-256"}) {
        House house;
        for (const std::string& secret : {std::string(password), std::string("guess")}) {
            auto client = submission(house);
            auto sasl = wire::sasl::make_client(*wire::sasl::find_mechanism(mechanism),
                                                {"alice@here.example", secret});
            const auto initial = sasl->initial();
            std::string answer =
                client.ask(std::string("AUTH ") + mechanism + (initial ? " " + *initial : ""));
            while (answer.starts_with("334 "))
                answer = client.ask(sasl->respond(answer.substr(4)).value_or("*"));
            EXPECT_EQ(answer, secret == password ? "235 2.7.0 Authenticated"
                                                 : "535 5.7.8 User name or password is wrong")
                << mechanism;
        }
    }
}

TEST(SmtpAuth, KnowsCramMd5WhereASecretIsKept)
{
    House house;
    for (const std::string user : {"bob@here.example", "alice@here.example"}) {
        auto client = submission(house);
        const auto challenge = base::base64_decode(client.ask("AUTH CRAM-MD5").substr(4));
        const auto digest = base::hex(base::hmac_md5(password, *challenge));
        EXPECT_EQ(client.ask(base64_encode(user + " " + digest)).substr(0, 3),
                  user.starts_with("bob") ? "235" : "535");
    }
}

TEST(SmtpAuth, TellsUnknownUsersAndWrongPasswordsApartNowhere)
{
    House house;
    auto client = submission(house);
    const std::string wrong = client.login("alice@here.example", "guess");
    EXPECT_EQ(wrong, "535 5.7.8 User name or password is wrong");
    EXPECT_EQ(client.login("nobody@here.example", "guess"), wrong);
}

TEST(SmtpAuth, HasRulesAboutItsPlace)
{
    House house;
    auto client = house.connect(ListenerKind::submission);
    client.line();
    EXPECT_EQ(client.login(), "503 5.5.1 Say EHLO first");
    client.ask("EHLO client.example");
    EXPECT_EQ(client.ask("AUTH GSSAPI"), "504 5.5.4 This mechanism is not offered");
    EXPECT_EQ(client.ask("AUTH"), "501 5.5.4 Syntax: AUTH mechanism [initial-response]");
    EXPECT_EQ(client.ask("AUTH PLAIN !"), "501 5.5.2 This is not what the mechanism wants");
    EXPECT_EQ(client.ask("AUTH PLAIN"), "334 ");
    EXPECT_EQ(client.ask("*"), "501 5.7.0 Cancelled");
    EXPECT_EQ(client.ask("AUTH PLAIN"), "334 ");
    EXPECT_EQ(client.ask(std::string(20'000, 'A')), "500 5.5.6 The line is too long");
    EXPECT_EQ(client.login(), "235 2.7.0 Authenticated");
    EXPECT_EQ(client.login(), "503 5.5.1 You are authenticated already");
}

TEST(SmtpAuth, TakesTheTwoSpacesOfWindowsMail)
{
    House house;
    auto client = submission(house);
    const std::string response = std::string(1, '\0') + "alice@here.example" + '\0' + std::string(password);
    EXPECT_EQ(client.ask("AUTH PLAIN  " + base64_encode(response)), "235 2.7.0 Authenticated");
}

TEST(SmtpAuth, IsNotOfferedInTheClearNorToTheWorld)
{
    House house;
    house.settings().smtp.plaintext_login = false;
    house.make_certificate();
    auto client = house.connect(ListenerKind::submission);
    client.line();
    const std::string ehlo = client.ask("EHLO client.example");
    EXPECT_EQ(ehlo.find("AUTH"), std::string::npos) << ehlo;
    EXPECT_NE(ehlo.find("STARTTLS"), std::string::npos) << ehlo;
    EXPECT_EQ(client.login(), "538 5.7.11 Say STARTTLS first");
    EXPECT_EQ(client.ask("MAIL FROM:<alice@here.example>"), "530 5.7.0 Authenticate first, after STARTTLS");
    auto world = house.connect(ListenerKind::mx);
    world.line();
    EXPECT_EQ(world.ask("EHLO mx.example").find("AUTH"), std::string::npos);
    EXPECT_EQ(world.login(), "502 5.5.1 This command is not offered here");
}

TEST(SmtpTls, ForgetsWhatWasSaidBefore)
{
    House house;
    house.settings().smtp.plaintext_login = false;
    house.make_certificate();
    net::Channel wire(house.connect_stream(ListenerKind::submission));
    const std::string talk = house.wait(and_close(wire, upgrade(wire)));
    EXPECT_NE(talk.find("250 STARTTLS"), std::string::npos) << talk;
    EXPECT_NE(talk.find("\n220 2.0.0 Go ahead\ntls\n503 5.5.1 Say EHLO first\n250-"), std::string::npos)
        << talk;
    EXPECT_TRUE(talk.ends_with("250 AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN")) << talk;
}

TEST(SmtpTls, DropsAConnectionWithInputBehindStarttls) // CVE-2011-0411
{
    House house;
    house.make_certificate();
    net::Channel wire(house.connect_stream(ListenerKind::mx));
    EXPECT_EQ(house.wait(and_close(wire, inject(wire))),
              "501 5.5.1 Nothing may be sent behind STARTTLS before its answer|(closed)");
}

TEST(SmtpTls, BindsTheLoginToTheConnection)
{
    House house;
    house.settings().smtp.plaintext_login = false;
    house.make_certificate();
    std::string real;
    net::Channel wire(house.connect_stream(ListenerKind::submissions));
    EXPECT_EQ(house.wait(and_close(wire, log_in_bound(wire, &real))), "235 2.7.0 Authenticated");
    std::string other(32, 'x');
    net::Channel relayed(house.connect_stream(ListenerKind::submissions));
    EXPECT_EQ(house.wait(and_close(relayed, log_in_bound(relayed, &other))),
              "535 5.7.8 User name or password is wrong");
}

TEST(SmtpTls, GarbageInsteadOfAHandshakeEndsThatSessionOnly)
{
    House house;
    house.make_certificate();
    auto noise = house.connect(ListenerKind::submissions);
    noise.send("EHLO client.example\r\nQUIT\r\n");
    noise.hang_up();
    auto good = house.connect();
    good.begin();
    EXPECT_EQ(good.ask("QUIT"), "221 2.0.0 Goodbye");
}
