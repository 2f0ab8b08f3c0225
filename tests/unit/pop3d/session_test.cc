#include "house.h"

#include "base/bytes.h"
#include "wire/pop3/apop.h"
#include "wire/sasl/client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace mansio;
using namespace mansio::pop3d::test;
using pop3d::ListenerKind;
using Names = std::vector<std::string>;

namespace {

bool ok(const std::string& line)
{
    return line.starts_with("+OK");
}

const Names all = {"one", "two", "f\xc3\xbcr drei"};

} // namespace

TEST(Pop3Session, DeletesAtQuitAndNotBefore)
{
    House house;
    auto client = house.connect();
    client.login();
    EXPECT_EQ(client.ask("DELE 2"), "+OK Message 2 will go at QUIT");
    EXPECT_EQ(client.ask("DELE 2"), "-ERR The message is deleted");
    EXPECT_EQ(house.inbox("alice@here.example"), all);
    EXPECT_EQ(client.ask("STAT"), "+OK 2 93");
    EXPECT_TRUE(ok(client.ask("QUIT")));
    EXPECT_EQ(house.inbox("alice@here.example"), (Names{"one", "f\xc3\xbcr drei"}));
    EXPECT_EQ(client.line(), "(closed)");
}

TEST(Pop3Session, DeletesNothingWhenTheConnectionBreaks)
{
    House house;
    {
        auto client = house.connect();
        client.login();
        client.ask("DELE 1");
    }
    house.wait_for_sessions();
    EXPECT_EQ(house.inbox("alice@here.example"), all);
}

TEST(Pop3Session, DeletesNothingAndSaysNothingWhenIdleTooLong) // rfc1939#3
{
    House house;
    house.settings().pop3.idle_timeout = std::chrono::milliseconds(50);
    auto client = house.connect();
    client.login();
    client.send("DELE 1\r\n");
    EXPECT_TRUE(ok(client.line()));
    EXPECT_EQ(client.line(), "(closed)");
    client.hang_up();
    house.wait_for_sessions();
    EXPECT_EQ(house.inbox("alice@here.example"), all);
}

TEST(Pop3Session, KeepsEverythingWhenTheStoreFailsAtQuit)
{
    House house;
    auto client = house.connect();
    client.login();
    client.ask("DELE 1");
    client.ask("DELE 2");
    house.engine().fail_commit_at(1, base::Fault::full);
    EXPECT_EQ(client.ask("QUIT"), "-ERR [SYS/TEMP] Trouble on our side, try again later");
    EXPECT_EQ(house.inbox("alice@here.example"), all);
}

TEST(Pop3Session, KeepsItsViewWhileMailComesAndGoes)
{
    House house;
    auto first = house.connect();
    auto second = house.connect();
    first.login();
    second.login();
    house.append("alice@here.example", "Subject: late\r\n\r\n");
    EXPECT_EQ(first.ask("STAT"), "+OK 3 153");
    EXPECT_EQ(first.ask("RETR 4"), "-ERR There is no such message");
    first.ask("DELE 1");
    EXPECT_TRUE(ok(first.ask("QUIT")));
    EXPECT_EQ(second.ask("STAT"), "+OK 3 153");
    EXPECT_TRUE(ok(second.ask("DELE 1"))) << "gone already, which is what DELE wants";
    EXPECT_TRUE(ok(second.ask("DELE 2")));
    EXPECT_TRUE(ok(second.ask("QUIT")));
    EXPECT_EQ(house.inbox("alice@here.example"), (Names{"f\xc3\xbcr drei", "late"}));
}

TEST(Pop3Session, GivesTheSameUniqueIdsInEverySession)
{
    House house;
    auto client = house.connect();
    client.login();
    EXPECT_TRUE(ok(client.ask("UIDL")));
    const auto before = client.lines();
    client.ask("DELE 1");
    client.ask("QUIT");
    auto next = house.connect();
    next.login();
    EXPECT_TRUE(ok(next.ask("UIDL")));
    const auto after = next.lines();
    // "2 id" is now "1 id": the ids are those of before.
    const auto id = [](const std::string& listing, int number) {
        const auto from = listing.find(fmt::format("{} ", number)) + 2;
        return listing.substr(from, listing.find("\r\n", from) - from);
    };
    EXPECT_EQ(id(after, 1), id(before, 2));
    EXPECT_EQ(id(after, 2), id(before, 3));
    EXPECT_NE(id(before, 1), id(before, 2));
    EXPECT_EQ(next.ask("UIDL 1"), "+OK 1 " + id(before, 2));
}

TEST(Pop3Session, SendsWhatWasStored)
{
    House house;
    auto client = house.connect();
    client.login();
    EXPECT_EQ(client.ask("RETR 1"), "+OK 44 octets");
    EXPECT_EQ(client.lines(), messages[0]);
    EXPECT_EQ(client.ask("RETR 2"), "+OK 60 octets");
    EXPECT_EQ(client.lines(), messages[1]);
    EXPECT_TRUE(ok(client.ask("TOP 2 1")));
    EXPECT_EQ(client.lines(), "From: <a@b.example>\r\nSubject: two\r\n\r\nfirst\r\n");
}

TEST(Pop3Session, RewritesUtf8HeadersUntilToldUtf8) // rfc6856#2.1
{
    House house;
    auto client = house.connect();
    client.login();
    EXPECT_TRUE(ok(client.ask("RETR 3")));
    EXPECT_EQ(client.lines(), "From: <a@b.example>\r\nSubject: =?utf-8?B?ZsO8ciBkcmVp?=\r\n\r\nbody\r\n");
    EXPECT_TRUE(ok(client.ask("TOP 3 0")));
    EXPECT_EQ(client.lines(), "From: <a@b.example>\r\nSubject: =?utf-8?B?ZsO8ciBkcmVp?=\r\n\r\n");
}

TEST(Pop3Session, RefusesUtf8HeadersWhereTheSettingSaysSo) // rfc6856#5
{
    House house;
    house.settings().pop3.utf8_mail = config::Utf8Mail::refuse;
    auto plain = house.connect();
    plain.login();
    EXPECT_EQ(plain.ask("RETR 3"), "-ERR [UTF8] The message needs UTF-8 mode");
    EXPECT_EQ(plain.ask("TOP 3 0"), "-ERR [UTF8] The message needs UTF-8 mode");
    auto modern = house.connect();
    EXPECT_TRUE(ok(modern.line()));
    EXPECT_TRUE(ok(modern.ask("UTF8")));
    EXPECT_TRUE(ok(modern.ask("USER alice@here.example")));
    EXPECT_TRUE(ok(modern.ask("PASS " + std::string(password))));
    EXPECT_TRUE(ok(modern.ask("RETR 3")));
    EXPECT_EQ(modern.lines(), messages[2]);
}

TEST(Pop3Session, StreamsALargeMessageThroughASmallBuffer)
{
    House house;
    std::string large = "Subject: large\r\n\r\n";
    for (int line = 0; line < 300'000; ++line)
        large += fmt::format(".{}\r\n", line);
    house.append("bob@here.example", large);
    auto client = house.connect();
    client.login("bob@here.example");
    EXPECT_EQ(client.ask("RETR 1"), fmt::format("+OK {} octets", large.size()));
    EXPECT_EQ(client.lines(), large);
    EXPECT_TRUE(ok(client.ask("TOP 1 100000")));
    EXPECT_TRUE(client.lines().ends_with("\r\n.99999\r\n"));
}

TEST(Pop3Session, ReadsNoMoreThanASlowClientTakes)
{
    House house;
    house.settings().pop3.write_timeout = std::chrono::milliseconds(100);
    house.append("bob@here.example", "Subject: huge\r\n\r\n" + std::string(30'000'000, 'x') + "\r\n");
    auto client = house.connect();
    client.login("bob@here.example");
    const auto reads = house.engine().calls().blob_reads;
    client.send("RETR 1\r\n");
    house.wait_for_sessions(); // given up: nobody read
    EXPECT_LT(house.engine().calls().blob_reads - reads, 10u) << "of 115 pieces";
}

TEST(Pop3Session, AnswersPipelinedCommandsInOrder)
{
    House house;
    auto client = house.connect();
    client.send(
        "USER alice@here.example\r\nPASS correct horse 7\r\nSTAT\r\nRETR 1\r\nRETR 2\r\nNOOP\r\nQUIT\r\n");
    for (int answer = 0; answer < 4; ++answer)
        EXPECT_TRUE(ok(client.line())) << answer;
    EXPECT_EQ(client.line(), "+OK 44 octets");
    EXPECT_EQ(client.lines(), messages[0]);
    EXPECT_EQ(client.line(), "+OK 60 octets");
    EXPECT_EQ(client.lines(), messages[1]);
    EXPECT_TRUE(ok(client.line()));
    EXPECT_TRUE(ok(client.line()));
    EXPECT_EQ(client.line(), "(closed)");
}

TEST(Pop3Session, SurvivesAMessageThatCannotBeRead)
{
    House house;
    auto client = house.connect();
    client.login();
    house.engine().fail_get_at(1);
    EXPECT_EQ(client.ask("RETR 1"), "-ERR [SYS/TEMP] Trouble on our side, try again later");
    EXPECT_TRUE(ok(client.ask("RETR 1")));
    EXPECT_EQ(client.lines(), messages[0]);
}

TEST(Pop3Login, AnswersWrongPasswordAndUnknownUserAlike)
{
    House house;
    auto client = house.connect();
    client.line();
    client.ask("USER alice@here.example");
    const auto wrong = client.ask("PASS wrong");
    EXPECT_EQ(wrong, "-ERR [AUTH] Wrong name or password");
    EXPECT_EQ(client.ask("PASS wrong"), "-ERR USER comes first");
    EXPECT_EQ(client.ask("USER nobody@here.example"), "+OK Password please");
    EXPECT_EQ(client.ask("PASS wrong"), wrong);
    client.ask("USER somebody@elsewhere.example");
    EXPECT_EQ(client.ask("PASS wrong"), wrong);
    EXPECT_EQ(client.line(), "(closed)") << "three were enough";
}

TEST(Pop3Login, WaitsBeforeItAnswersAFailure)
{
    House house;
    house.settings().pop3.login_failure_delay = std::chrono::milliseconds(200);
    auto client = house.connect();
    client.line();
    client.ask("USER nobody@here.example");
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(client.ask("PASS wrong"), "-ERR [AUTH] Wrong name or password");
    EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(190));
}

TEST(Pop3Login, TellsTroubleOfOurOwnApart)
{
    House house;
    auto client = house.connect();
    client.line();
    client.ask("USER alice@here.example");
    house.engine().fail_get_at(1);
    EXPECT_EQ(client.ask("PASS " + std::string(password)),
              "-ERR [SYS/TEMP] Trouble on our side, try again later");
}

TEST(Pop3Login, NeedsTlsUnlessPlainTextIsAllowed)
{
    House house;
    house.settings().pop3.plaintext_login = false;
    auto client = house.connect();
    client.line();
    EXPECT_EQ(client.ask("USER alice@here.example"), "-ERR Begin TLS first: STLS");
    EXPECT_EQ(client.ask("AUTH PLAIN"), "-ERR This mechanism is not offered");
    client.ask("CAPA");
    const auto capabilities = client.lines();
    EXPECT_EQ(capabilities.find("\nUSER"), std::string::npos);
    EXPECT_EQ(capabilities.find("SASL"), std::string::npos);
}

TEST(Pop3Login, TakesAuthPlainWithAndWithoutInitialResponse)
{
    House house;
    const auto response =
        base::base64_encode(std::string("\0alice@here.example\0", 20) + std::string(password));
    auto first = house.connect();
    first.line();
    EXPECT_EQ(first.ask("AUTH PLAIN " + response), "+OK 3 messages (153 octets)");
    auto second = house.connect();
    second.line();
    EXPECT_EQ(second.ask("AUTH PLAIN"), "+ ");
    EXPECT_EQ(second.ask(response), "+OK 3 messages (153 octets)");
    auto third = house.connect();
    third.line();
    EXPECT_EQ(third.ask("AUTH PLAIN"), "+ ");
    EXPECT_EQ(third.ask("*"), "-ERR Cancelled");
    EXPECT_EQ(third.ask("AUTH PLAIN !!"), "-ERR This is not what the mechanism wants");
    const auto wrong = base::base64_encode(std::string("\0alice@here.example\0x", 21));
    EXPECT_EQ(third.ask("AUTH PLAIN " + wrong), "-ERR [AUTH] Wrong name or password");
}

TEST(Pop3Login, TakesAuthLogin)
{
    House house;
    auto client = house.connect();
    client.line();
    EXPECT_EQ(client.ask("AUTH LOGIN"), "+ VXNlcm5hbWU6");
    EXPECT_EQ(client.ask(base::base64_encode("alice@here.example")), "+ UGFzc3dvcmQ6");
    EXPECT_TRUE(ok(client.ask(base::base64_encode(password))));
}

namespace {

// The client's half of a SCRAM login: "+OK ..." or "-ERR ..." comes back.
std::string log_in_with_scram(House::Client& client, const std::string& user, const std::string& secret)
{
    const auto machine = wire::sasl::make_client(wire::sasl::Mechanism::scram_sha_256, {user, secret});
    auto line = client.ask("AUTH SCRAM-SHA-256 " + *machine->initial());
    while (line.starts_with("+ ")) {
        const auto response = machine->respond(line.substr(2));
        line = client.ask(response ? *response : "*");
    }
    return line;
}

} // namespace

TEST(Pop3Login, TakesScramAndTellsNothingOfUnknownUsers)
{
    House house;
    auto client = house.connect();
    client.line();
    const auto wrong = log_in_with_scram(client, "alice@here.example", "wrong");
    EXPECT_EQ(wrong, "-ERR [AUTH] Wrong name or password");
    EXPECT_EQ(log_in_with_scram(client, "nobody@here.example", "wrong"), wrong);
    EXPECT_EQ(log_in_with_scram(client, "alice@here.example", std::string(password)),
              "+OK 3 messages (153 octets)");
}

TEST(Pop3Login, OffersApopOnlyWhereSwitchedOnAndTakesItOnlyWithARecoverableSecret)
{
    House house;
    auto off = house.connect();
    EXPECT_EQ(off.line(), "+OK here.example POP3 ready");
    EXPECT_EQ(off.ask("APOP bob c4c9334bac560ecc979e58001b3e22fb"), "-ERR APOP is not offered");

    house.settings().pop3.apop = true;
    const auto digest_for = [](const std::string& greeting) {
        const auto timestamp = greeting.substr(greeting.find('<'));
        return wire::pop3::apop_digest(timestamp, password);
    };
    auto bob = house.connect();
    const auto bobs = digest_for(bob.line());
    EXPECT_EQ(bob.ask("APOP bob@here.example " + std::string(32, '0')), "-ERR [AUTH] Wrong name or password");
    EXPECT_EQ(bob.ask("APOP bob@here.example " + bobs), "+OK 0 messages (0 octets)");
    auto alice = house.connect();
    const auto alices = digest_for(alice.line());
    EXPECT_EQ(alice.ask("APOP alice@here.example " + alices), "-ERR [AUTH] Wrong name or password");
}

TEST(Pop3Login, EndsASessionWhoseAccountWasDisabled)
{
    House house;
    house.settings().accounts.recheck_interval = std::chrono::milliseconds(0);
    auto client = house.connect();
    client.login();
    EXPECT_TRUE(ok(client.ask("NOOP")));
    ASSERT_TRUE(
        house.wait(house.directory().set_state("alice@here.example", directory::AccountState::disabled)));
    EXPECT_EQ(client.ask("DELE 1"), "-ERR [AUTH] The account is no longer active");
    EXPECT_EQ(client.line(), "(closed)");
}

TEST(Pop3Login, LimitsTheSessionsOfOneAccount)
{
    House house;
    house.settings().pop3.max_connections_per_user = 1;
    auto first = house.connect();
    first.login();
    auto second = house.connect();
    second.line();
    second.ask("USER alice@here.example");
    EXPECT_EQ(second.ask("PASS correct horse 7"), "-ERR [SYS/TEMP] Too many sessions of this account");
    auto other = house.connect();
    other.login("bob@here.example");
    first.ask("QUIT");
    first.hang_up();
    EXPECT_EQ(second.ask("USER alice@here.example"), "+OK Password please");
}

TEST(Pop3BadInput, IsAnsweredUntilItIsTooMuch)
{
    House house;
    house.settings().pop3.max_errors = 6;
    auto client = house.connect();
    client.line();
    EXPECT_EQ(client.ask("XYZZY"), "-ERR There is no such command");
    EXPECT_EQ(client.ask(""), "-ERR A command was expected");
    EXPECT_EQ(client.ask("STAT"), "-ERR Log in first");
    EXPECT_EQ(client.ask(std::string("NO\0OP", 5)), "-ERR Control characters are not allowed");
    EXPECT_EQ(client.ask("USER " + std::string(5000, 'x')), "-ERR The line is too long");
    EXPECT_EQ(client.ask("USER \xff\xfe"), "-ERR The argument is not UTF-8");
    EXPECT_EQ(client.line(), "-ERR Too many errors, goodbye");
    EXPECT_EQ(client.line(), "(closed)");
}

TEST(Pop3BadInput, BrowsersAreSentAway)
{
    House house;
    auto client = house.connect();
    client.line();
    EXPECT_EQ(client.ask("GET / HTTP/1.1"), "-ERR There is no such command");
    EXPECT_EQ(client.line(), "(closed)");
}

TEST(Pop3BadInput, TakesLinesThatEndWithABareLineFeed)
{
    House house;
    auto client = house.connect();
    client.line();
    client.send("NOOP\nQUIT\n");
    EXPECT_EQ(client.line(), "-ERR Log in first");
    EXPECT_EQ(client.line(), "+OK Goodbye");
}

TEST(Pop3BadInput, ALoginThatNeverComesIsNotWaitedForForever)
{
    House house;
    house.settings().pop3.login_timeout = std::chrono::milliseconds(50);
    auto client = house.connect();
    EXPECT_TRUE(ok(client.line()));
    EXPECT_EQ(client.line(), "(closed)");
}

TEST(Pop3Shutdown, SaysSoAndDeletesNothing)
{
    House house;
    auto client = house.connect();
    client.login();
    client.ask("DELE 1");
    house.connections().begin_drain();
    EXPECT_EQ(client.line(), "-ERR [SYS/TEMP] The server is shutting down");
    EXPECT_EQ(client.line(), "(closed)");
    client.hang_up();
    house.wait_for_sessions();
    EXPECT_EQ(house.inbox("alice@here.example"), all);
}
