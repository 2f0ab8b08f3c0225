#include "house.h"

#include "base/text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>
#include <thread>

using namespace mansio;
using namespace mansio::smtpd::test;
using smtpd::ListenerKind;

namespace {

constexpr std::string_view letter = "From: <carol@remote.example>\r\nSubject: hello\r\n\r\nbody\r\n";
constexpr std::string_view own_letter = "From: <alice@here.example>\r\nSubject: hello\r\n\r\nbody\r\n";
constexpr std::string_view outside = "carol@remote.example";
constexpr std::string_view alice = "alice@here.example";

bool ends_with(const std::vector<std::string>& messages, std::string_view end)
{
    return messages.size() == 1 && messages.front().ends_with(end);
}

} // namespace

TEST(SmtpSession, DeliversToALocalMailbox)
{
    House house;
    auto client = house.connect();
    client.begin();
    const std::string answer = client.deliver(outside, alice, letter);
    EXPECT_TRUE(answer.starts_with("250 2.0.0 Accepted as ")) << answer;
    EXPECT_EQ(client.ask("QUIT"), "221 2.0.0 Goodbye");
    EXPECT_EQ(client.line(), "(closed)");
    const auto inbox = house.inbox(alice);
    ASSERT_TRUE(ends_with(inbox, letter));
    EXPECT_NE(inbox[0].find("Return-Path: <carol@remote.example>\r\n"), std::string::npos) << inbox[0];
    EXPECT_NE(inbox[0].find("with ESMTP"), std::string::npos) << inbox[0];
}

TEST(SmtpSession, KeepsEveryByteOfTheMessage)
{
    House house;
    auto client = house.connect();
    client.begin();
    std::string message(letter);
    for (int i = 0; i < 3000; ++i)
        message += fmt::format(".{} line with \xff and \xc3\xa9 {}\r\n", i % 3 == 0 ? "." : "", i);
    std::string stuffed;
    for (std::size_t at = 0; at < message.size(); ++at) {
        if (message[at] == '.' && message[at - 1] == '\n')
            stuffed += '.';
        stuffed += message[at];
    }
    EXPECT_TRUE(client.deliver(outside, alice, stuffed).starts_with("250 "));
    EXPECT_TRUE(ends_with(house.inbox(alice), message));
}

TEST(SmtpSession, AnswersPipelinedCommandsInOrder)
{
    House house;
    auto client = house.connect();
    client.begin();
    client.send("MAIL FROM:<carol@remote.example>\r\nRCPT TO:<alice@here.example>\r\n"
                "RCPT TO:<nobody@here.example>\r\nRCPT TO:<bob@here.example>\r\nDATA\r\n");
    EXPECT_TRUE(client.line().starts_with("250 2.1.0"));
    EXPECT_TRUE(client.line().starts_with("250 2.1.5"));
    EXPECT_TRUE(client.line().starts_with("550 5.1.1"));
    EXPECT_TRUE(client.line().starts_with("250 2.1.5"));
    EXPECT_TRUE(client.line().starts_with("354 "));
    client.send(std::string(letter) + ".\r\nQUIT\r\n");
    EXPECT_TRUE(client.line().starts_with("250 2.0.0"));
    EXPECT_TRUE(client.line().starts_with("221 "));
    EXPECT_EQ(house.inbox(alice).size(), 1U);
    EXPECT_EQ(house.inbox("bob@here.example").size(), 1U);
}

TEST(SmtpSession, DoesNotDeliverTwiceToARepeatedRecipient)
{
    House house;
    auto client = house.connect();
    client.begin();
    client.send("MAIL FROM:<>\r\nRCPT TO:<alice@here.example>\r\nRCPT TO:<ALICE@here.example>\r\nDATA\r\n");
    for (int i = 0; i < 4; ++i)
        client.line();
    client.send(letter);
    EXPECT_TRUE(client.ask(".").starts_with("250 2.0.0"));
    EXPECT_EQ(house.inbox(alice).size(), 1U);
}

// SMTP smuggling: each of these was taken for the end of the message by some server.
constexpr std::string_view endings[] = {"\n.\n",   "\n.\r\n",   "\r\n.\n",     "\r.\r",       "\r.\r\n",
                                        "\r\n.\r", "\r\r\n.\n", "\r\n\r.\r\n", "\r\n.\r\r\n", "\n\n.\r\n"};
// This one does end the message, by the letter of rfc5321#4.1.1.4, but not for every sender.
constexpr std::string_view doubtful_ending = "\r\r\n.\r\n";

TEST(SmtpSession, LetsNoSecondMessageBeSmuggledIn)
{
    std::vector<std::string_view> all(std::begin(endings), std::end(endings));
    all.push_back(doubtful_ending);
    for (const std::string_view ending : all) {
        House house;
        auto client = house.connect();
        client.begin();
        const std::string message = std::string(letter) + "a" + std::string(ending) +
                                    "MAIL FROM:<x@y.example>\r\nRCPT TO:<bob@here.example>\r\nDATA\r\n" +
                                    std::string(letter);
        EXPECT_EQ(client.deliver(outside, alice, message),
                  "550 5.6.11 The message holds a bare CR or LF: lines end with CR LF")
            << fmt::format("{:?}", ending);
        EXPECT_EQ(client.line(), "(closed)");
        EXPECT_TRUE(house.inbox("bob@here.example").empty());
        EXPECT_TRUE(house.inbox(alice).empty());
    }
}

TEST(SmtpSession, NormalisesBareLineEndsOnSubmission)
{
    House house;
    for (const std::string_view ending : endings) {
        auto client = house.connect(ListenerKind::submission);
        client.begin();
        client.login();
        const std::string message = std::string(own_letter) + "a" + std::string(ending) + "b\nc\r\n";
        EXPECT_TRUE(client.deliver(alice, "bob@here.example", message).starts_with("250 2.0.0"));
    }
    const auto inbox = house.inbox("bob@here.example");
    ASSERT_EQ(inbox.size(), std::size(endings));
    for (const std::string& message : inbox) {
        EXPECT_TRUE(message.ends_with("b\r\nc\r\n"));
        for (std::size_t at = 0; at < message.size(); ++at)
            ASSERT_EQ(message[at] == '\n', at > 0 && message[at - 1] == '\r') << fmt::format("{:?}", message);
    }
}

TEST(SmtpSession, SaysAcceptedOnlyAfterTheCommit)
{
    House house;
    auto client = house.connect();
    client.begin();
    house.inbox(alice); // the account is made before commits are held
    client.send("MAIL FROM:<>\r\nRCPT TO:<alice@here.example>\r\nDATA\r\n");
    for (int i = 0; i < 3; ++i)
        client.line();
    house.engine().hold_syncs(true);
    client.send(std::string(letter) + ".\r\n");
    while (house.engine().waiting() == 0)
        std::this_thread::yield();
    EXPECT_FALSE(client.readable_now());
    house.engine().hold_syncs(false);
    EXPECT_TRUE(client.line().starts_with("250 2.0.0"));
}

TEST(SmtpSession, AnswersTroubleOfTheStoreWithATemporaryError)
{
    struct Row {
        base::Fault fault;
        std::string_view code;
    };
    for (const Row& row : {Row{base::Fault::full, "452 4.3.1"}, Row{base::Fault::temporary, "451 4.3.0"},
                           Row{base::Fault::conflict, "451 4.3.0"}, Row{base::Fault::corrupt, "451 4.3.0"}}) {
        House house;
        house.inbox(alice);
        auto client = house.connect();
        client.begin();
        house.engine().fail_commit_at(1, row.fault);
        const std::string answer = client.deliver(outside, alice, letter);
        EXPECT_TRUE(answer.starts_with(row.code)) << answer;
        EXPECT_TRUE(client.deliver(outside, alice, letter).starts_with("250 2.0.0"));
        EXPECT_EQ(house.inbox(alice).size(), 1U);
    }
}

TEST(SmtpSession, AnswersTroubleOfTheDirectoryWithATemporaryError)
{
    House house;
    auto client = house.connect();
    client.begin();
    EXPECT_TRUE(client.ask("MAIL FROM:<>").starts_with("250"));
    house.engine().fail_get_at(1);
    EXPECT_EQ(client.ask("RCPT TO:<alice@here.example>"), "451 4.3.0 Trouble on our side, try again later");
    EXPECT_EQ(client.ask("RCPT TO:<alice@here.example>"), "250 2.1.5 Recipient OK");
}

TEST(SmtpSession, RefusesWhatIsTooLarge)
{
    House house;
    house.settings().smtp.max_message_size = 100'000;
    auto client = house.connect();
    client.begin();
    EXPECT_EQ(client.ask("MAIL FROM:<> SIZE=100001"), "552 5.3.4 The message is too large");
    std::string line(98, 'x');
    line += "\r\n";
    std::string fits(letter);
    while (fits.size() + line.size() <= 100'000)
        fits += line;
    EXPECT_TRUE(client.deliver(outside, alice, fits).starts_with("250 2.0.0"));
    EXPECT_EQ(client.deliver(outside, alice, fits + line), "552 5.3.4 The message is too large");
    EXPECT_EQ(house.inbox(alice).size(), 1U);
    EXPECT_EQ(house.memory().used(), 0U);
}

TEST(SmtpSession, HangsUpOnAnEndlessMessage)
{
    House house;
    house.settings().smtp.max_message_size = 64 * 1024;
    auto client = house.connect();
    client.begin();
    std::string endless(letter);
    endless.resize(1024 * 1024, 'x');
    const std::string answer = client.deliver(outside, alice, endless);
    EXPECT_TRUE(answer.starts_with("421 4.3.4")) << answer;
}

TEST(SmtpSession, SaysTryLaterWhenMemoryIsShort)
{
    House house;
    house.set_memory(128 * 1024);
    auto client = house.connect();
    client.begin();
    const std::string large = std::string(letter) + std::string(200'000, 'x') + "\r\n";
    EXPECT_EQ(client.deliver(outside, alice, large),
              "452 4.3.1 No room for the message now, try again later");
    EXPECT_TRUE(client.deliver(outside, alice, letter).starts_with("250 2.0.0"));
    EXPECT_EQ(house.memory().used(), 0U);
}

TEST(SmtpSession, RefusesAnOverlongTextLine)
{
    House house;
    auto client = house.connect();
    client.begin();
    const std::string fits = std::string(letter) + std::string(64 * 1024, 'x') + "\r\n";
    EXPECT_TRUE(client.deliver(outside, alice, fits).starts_with("250 2.0.0"));
    const std::string over = std::string(letter) + std::string(64 * 1024 + 1, 'x') + "\r\n";
    EXPECT_EQ(client.deliver(outside, alice, over), "554 5.6.0 The message has a line that is too long");
}

TEST(SmtpSession, DefersRecipientsOverTheLimit)
{
    House house;
    house.settings().smtp.max_recipients = 100;
    auto client = house.connect();
    client.begin();
    client.ask("MAIL FROM:<>");
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(client.ask(fmt::format("RCPT TO:<alice+{}@here.example>", i)).starts_with("250 "));
    EXPECT_EQ(client.ask("RCPT TO:<alice@here.example>"), "452 4.5.3 Too many recipients for one message");
    EXPECT_TRUE(client.ask("DATA").starts_with("354 "));
    client.send(letter);
    EXPECT_TRUE(client.ask(".").starts_with("250 2.0.0"));
    EXPECT_EQ(house.inbox(alice).size(), 1U);
}

TEST(SmtpSession, RefusesMailToAFullMailbox)
{
    House house;
    house.wait(house.directory().set_quota("alice@here.example", 1, 0));
    auto client = house.connect();
    client.begin();
    EXPECT_EQ(client.deliver(outside, alice, letter), "552 5.2.2 The mailbox is full");
}

TEST(SmtpSession, RefusesALoopingMessage)
{
    House house;
    auto client = house.connect();
    client.begin();
    std::string looping;
    for (int i = 0; i < 101; ++i)
        looping += "Received: from a by b; Mon, 23 Nov 2026 04:41:59 +0000\r\n";
    EXPECT_TRUE(client.deliver(outside, alice, looping + std::string(letter)).starts_with("554 5.4.6"));
}

TEST(SmtpSession, EndsAfterTooManyMistakes)
{
    struct Row {
        std::string_view name, command, last;
        ListenerKind kind;
    };
    const Row rows[] = {
        {"unknown commands", "XYZZY", "421 4.7.0 Too many errors, goodbye", ListenerKind::mx},
        {"bad order", "DATA", "421 4.7.0 Too many errors, goodbye", ListenerKind::mx},
        {"relaying", "RCPT TO:<x@remote.example>", "421 4.7.0 Too many errors, goodbye", ListenerKind::mx},
        {"harvesting", "RCPT TO:<x@here.example>", "421 4.7.0 Too many unknown recipients, goodbye",
         ListenerKind::mx},
        {"guessing", "AUTH PLAIN AGFsaWNlAHdyb25n", "421 4.7.0 Too many failed logins, goodbye",
         ListenerKind::submission},
    };
    for (const Row& row : rows) {
        House house;
        house.settings().smtp.max_errors = 5;
        house.settings().smtp.max_unknown_recipients = 5;
        house.settings().smtp.max_login_failures = 5;
        auto client = house.connect(row.kind);
        client.begin();
        if (row.command.starts_with("RCPT"))
            client.ask("MAIL FROM:<>");
        for (int i = 0; i < 4; ++i)
            EXPECT_TRUE(client.ask(row.command).starts_with("5")) << row.name;
        EXPECT_EQ(client.ask(row.command), row.last) << row.name;
        EXPECT_EQ(client.line(), "(closed)") << row.name;
    }
}

TEST(SmtpSession, EndsAfterTheMessagesOfOneConnection)
{
    House house;
    house.settings().smtp.max_messages = 2;
    auto client = house.connect();
    client.begin();
    EXPECT_TRUE(client.deliver(outside, alice, letter).starts_with("250 "));
    EXPECT_TRUE(client.deliver(outside, alice, letter).starts_with("250 "));
    EXPECT_TRUE(client.deliver(outside, alice, letter).starts_with("421 4.7.0 "));
    EXPECT_EQ(client.line(), "(closed)");
}

TEST(SmtpSession, SendsAwayWhatIsNotSmtp)
{
    for (const std::string_view first :
         {std::string_view("GET / HTTP/1.1"), std::string_view("\x16\x03\x01\x02", 4),
          std::string_view("hello?"), std::string_view("POST /")}) {
        House house;
        auto client = house.connect();
        client.line();
        EXPECT_EQ(client.ask(first), "500 5.5.2 There is no such command");
        EXPECT_EQ(client.line(), "(closed)");
    }
    House house;
    auto client = house.connect();
    client.begin();
    EXPECT_EQ(client.ask("XYZZY"), "500 5.5.2 There is no such command");
    EXPECT_EQ(client.ask("POST / HTTP/1.1"), "500 5.5.2 There is no such command");
    EXPECT_EQ(client.line(), "(closed)");
}

TEST(SmtpSession, SurvivesAnOverlongLine)
{
    House house;
    auto client = house.connect();
    client.begin();
    EXPECT_EQ(client.ask("NOOP " + std::string(100'000, 'x')), "500 5.5.6 The line is too long");
    EXPECT_EQ(client.ask("NOOP"), "250 2.0.0 OK");
}

TEST(SmtpSession, WantsCrLfFromTheWorldAndTakesLfFromMailPrograms)
{
    House house;
    auto client = house.connect();
    client.begin();
    client.send("NOOP\n");
    EXPECT_EQ(client.line(), "500 5.5.2 Lines end with CR LF");
    auto program = house.connect(ListenerKind::submission);
    program.begin();
    program.send("NOOP\n");
    EXPECT_EQ(program.line(), "250 2.0.0 OK");
}

TEST(SmtpSession, RunsNoMessageAsCommandsWhenDataIsRefused)
{
    House house;
    auto client = house.connect();
    client.begin();
    client.send("DATA\r\nMAIL FROM:<>\r\nRCPT TO:<alice@here.example>\r\n");
    EXPECT_TRUE(client.line().starts_with("503 5.5.1"));
    EXPECT_TRUE(client.line().starts_with("421 4.5.0"));
    EXPECT_EQ(client.line(), "(closed)");
}

TEST(SmtpSession, SaysGoodbyeWhenThePeerIsSilent)
{
    House house;
    house.settings().smtp.command_timeout = std::chrono::milliseconds(20);
    auto client = house.connect();
    EXPECT_TRUE(client.line().starts_with("220 "));
    EXPECT_EQ(client.line(), "421 4.4.2 Waited too long, goodbye");
    EXPECT_EQ(client.line(), "(closed)");
}

TEST(SmtpSession, SaysGoodbyeWhenTheMessageStops)
{
    House house;
    house.settings().smtp.data_timeout = std::chrono::milliseconds(20);
    auto client = house.connect();
    client.begin();
    client.ask("MAIL FROM:<>");
    client.ask("RCPT TO:<alice@here.example>");
    client.ask("DATA");
    client.send("Subject: half");
    EXPECT_EQ(client.line(), "421 4.4.2 Waited too long, goodbye");
    EXPECT_EQ(client.line(), "(closed)");
    EXPECT_TRUE(house.inbox(alice).empty());
}

TEST(SmtpSession, EndsASlowMessageThoughItNeverStops)
{
    House house;
    house.settings().smtp.transaction_timeout = std::chrono::milliseconds(50);
    auto client = house.connect();
    client.begin();
    client.ask("MAIL FROM:<>");
    client.ask("RCPT TO:<alice@here.example>");
    client.ask("DATA");
    while (!client.readable_now())
        client.send("x\r\n");
    EXPECT_EQ(client.line(), "421 4.4.2 Waited too long, goodbye");
}

TEST(SmtpSession, KeepsNothingOfAHalfMessage)
{
    House house;
    for (const bool half_closed : {false, true}) {
        auto client = house.connect();
        client.begin();
        client.ask("MAIL FROM:<>");
        client.ask("RCPT TO:<alice@here.example>");
        client.ask("DATA");
        client.send(std::string(letter) + ".\r");
        if (half_closed)
            client.shut_down_writing();
        else
            client.hang_up();
    }
    auto other = house.connect();
    other.begin();
    EXPECT_EQ(other.ask("QUIT"), "221 2.0.0 Goodbye");
    other.hang_up();
    house.wait_for_sessions();
    EXPECT_TRUE(house.inbox(alice).empty());
    EXPECT_EQ(house.memory().used(), 0U);
}

TEST(SmtpSession, SaysSoWhenTheServerShutsDown)
{
    House house;
    auto client = house.connect();
    client.begin();
    house.connections().begin_drain();
    EXPECT_EQ(client.line(), "421 4.3.2 The server is shutting down, try again later");
    EXPECT_EQ(client.line(), "(closed)");
}

TEST(SmtpSession, ForgetsTheTransactionAtRsetAndEhlo)
{
    House house;
    auto client = house.connect();
    client.begin();
    for (const std::string_view command : {"RSET", "EHLO again.example", "HELO again.example"}) {
        client.ask("MAIL FROM:<>");
        client.ask("RCPT TO:<alice@here.example>");
        EXPECT_TRUE(client.ask(command).starts_with("250"));
        EXPECT_EQ(client.ask("DATA"), "503 5.5.1 Say MAIL first") << command;
    }
}

TEST(SmtpSession, PassesOnWhatRfc3848WantsToKnow)
{
    House house;
    auto client = house.connect();
    client.line();
    client.ask("HELO client.example");
    EXPECT_TRUE(client.deliver("", alice, letter).starts_with("250 "));
    const auto inbox = house.inbox(alice);
    ASSERT_EQ(inbox.size(), 1U);
    EXPECT_NE(inbox[0].find("with SMTP\r\n"), std::string::npos) << inbox[0];
    EXPECT_NE(inbox[0].find("from client.example"), std::string::npos) << inbox[0];
}

TEST(SmtpSession, PutsNoOddHelloNameIntoTheHeader)
{
    House house;
    auto client = house.connect();
    client.line();
    client.ask("EHLO a(b);by <c>");
    EXPECT_TRUE(client.deliver("", alice, letter).starts_with("250 "));
    EXPECT_NE(house.inbox(alice).at(0).find("from a?b??by??c?"), std::string::npos);
}

TEST(SmtpSession, TakesUtf8AddressesOnlyWithSmtputf8)
{
    House house;
    auto client = house.connect();
    client.begin();
    EXPECT_TRUE(client.ask("MAIL FROM:<r\xc3\xa9@remote.example>").starts_with("553 5.6.7"));
    EXPECT_TRUE(client.ask("MAIL FROM:<a@remote.example>").starts_with("250"));
    EXPECT_TRUE(client.ask("RCPT TO:<r\xc3\xa9@here.example>").starts_with("553 5.6.7"));
    EXPECT_TRUE(client.ask("RSET").starts_with("250"));
    EXPECT_TRUE(client.ask("MAIL FROM:<r\xc3\xa9@remote.example> SMTPUTF8").starts_with("250"));
    EXPECT_TRUE(client.ask("RCPT TO:<r\xc3\xa9@here.example>").starts_with("550 5.1.1"));
}

TEST(SmtpSession, AnswersEverythingAStrangerMaySend)
{
    House house;
    house.settings().smtp.max_errors = 100'000;
    std::mt19937 random(3);
    const std::string_view words[] = {"EHLO",     "MAIL FROM:<", "RCPT TO:<", "alice@here.example",
                                      ">",        "DATA",        "BDAT",      " 3",
                                      " LAST",    "RSET",        "\r\n",      "\r\n",
                                      "\r",       "\n",          ".",         "\xff",
                                      "AUTH",     " ",           "SIZE=",     "VRFY",
                                      "STARTTLS", "LHLO",        "abc",       "NOOP"};
    for (int round = 0; round < 300; ++round) {
        const auto kind = static_cast<ListenerKind>(random() % 4 == 1 ? 3 : random() % 2);
        auto client = house.connect(kind);
        std::string bytes = kind == ListenerKind::lmtp ? "LHLO x\r\n" : "EHLO x\r\n";
        for (unsigned i = random() % 60; i > 0; --i)
            bytes += words[random() % std::size(words)];
        client.send(bytes);
        client.shut_down_writing();
        for (std::string line = client.line(); line != "(closed)"; line = client.line())
            ASSERT_TRUE(line.size() >= 4 && line[0] >= '2' && line[0] <= '5') << line;
    }
    house.wait_for_sessions();
}
