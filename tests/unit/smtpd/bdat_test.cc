#include "house.h"

#include <gtest/gtest.h>

using namespace mansio;
using namespace mansio::smtpd::test;
using smtpd::ListenerKind;

namespace {

constexpr std::string_view alice = "alice@here.example";

House::Client with_recipient(House& house, ListenerKind kind = ListenerKind::mx)
{
    auto client = house.connect(kind);
    client.begin(kind == ListenerKind::lmtp ? "LHLO client.example" : "EHLO client.example");
    client.ask("MAIL FROM:<carol@remote.example>");
    client.ask("RCPT TO:<alice@here.example>");
    return client;
}

std::string chunk(House::Client& client, std::string_view bytes, std::string_view last = "")
{
    client.send("BDAT " + std::to_string(bytes.size()) + std::string(last) + "\r\n" + std::string(bytes));
    return client.reply();
}

} // namespace

TEST(Bdat, JoinsItsChunksWithoutLookingForDots) // rfc3030#2
{
    House house;
    auto client = with_recipient(house);
    EXPECT_EQ(chunk(client, "From: <carol@remote.example>\r\n\r\n.\r\n..a\r"), "250 2.0.0 39 bytes received");
    EXPECT_EQ(chunk(client, ""), "250 2.0.0 0 bytes received");
    EXPECT_TRUE(chunk(client, "\nlast line", " LAST").starts_with("250 2.0.0 Accepted"));
    const auto inbox = house.inbox(alice);
    ASSERT_EQ(inbox.size(), 1U);
    EXPECT_TRUE(inbox[0].ends_with("From: <carol@remote.example>\r\n\r\n.\r\n..a\r\nlast line\r\n"))
        << inbox[0];
}

TEST(Bdat, MayBePipelined)
{
    House house;
    auto client = house.connect();
    client.begin();
    client.send(
        "MAIL FROM:<>\r\nRCPT TO:<alice@here.example>\r\nBDAT 18\r\nSubject: piped\r\n\r\nBDAT 6 LAST\r\n"
        "body\r\nQUIT\r\n");
    for (const std::string_view want : {"250 2.1.0", "250 2.1.5", "250 2.0.0", "250 2.0.0", "221 2.0.0"})
        EXPECT_TRUE(client.line().starts_with(want)) << want;
    EXPECT_TRUE(house.inbox(alice).at(0).ends_with("Subject: piped\r\n\r\nbody\r\n"));
}

TEST(Bdat, ReadsItsBytesEvenWhereItIsRefused)
{
    House house;
    auto client = house.connect();
    client.begin();
    EXPECT_EQ(chunk(client, "NOOP\r\n"), "503 5.5.1 Say MAIL first");
    client.ask("MAIL FROM:<>");
    EXPECT_EQ(chunk(client, "NOOP\r\n"), "554 5.5.1 No valid recipients");
    EXPECT_EQ(client.ask("NOOP"), "250 2.0.0 OK");
}

TEST(Bdat, DoesNotMixWithData)
{
    House house;
    auto client = with_recipient(house);
    chunk(client, "Subject: x\r\n");
    EXPECT_EQ(client.ask("DATA"), "503 5.5.1 Not after BDAT");
    EXPECT_EQ(client.ask("RCPT TO:<bob@here.example>"), "503 5.5.1 Not between BDAT and BDAT");
    EXPECT_EQ(client.ask("RSET"), "250 2.0.0 OK");
    EXPECT_EQ(client.ask("MAIL FROM:<>"), "250 2.1.0 Sender OK");
}

TEST(Bdat, EndsTheConnectionWithoutASize)
{
    House house;
    auto client = with_recipient(house);
    EXPECT_TRUE(client.ask("BDAT LAST").starts_with("501 5.5.4"));
    EXPECT_EQ(client.line(), "(closed)");
}

TEST(Bdat, RefusesBareLineEndsAcrossChunks)
{
    House house;
    auto client = with_recipient(house);
    chunk(client, "Subject: x\r\n\r\na\r");
    EXPECT_TRUE(chunk(client, "b\r\n", " LAST").starts_with("550 5.6.11"));
    EXPECT_TRUE(house.inbox(alice).empty());
    client.ask("MAIL FROM:<>");
    client.ask("RCPT TO:<alice@here.example>");
    EXPECT_TRUE(chunk(client, "Subject: x\r\n\r\na\r", " LAST").starts_with("550 5.6.11"));
}

TEST(Bdat, RefusesWhatIsTooLargeOrFindsNoMemory)
{
    House house;
    house.settings().smtp.max_message_size = 100'000;
    auto client = with_recipient(house);
    const std::string half(60'000, 'x');
    EXPECT_EQ(chunk(client, half), "250 2.0.0 60000 bytes received");
    EXPECT_EQ(chunk(client, half), "552 5.3.4 The message is too large");
    EXPECT_EQ(chunk(client, half), "552 5.3.4 The message is too large");
    EXPECT_EQ(chunk(client, "x", " LAST"), "552 5.3.4 The message is too large");
    EXPECT_EQ(client.ask("NOOP"), "250 2.0.0 OK");
    client.send("BDAT 99999999999\r\n");
    EXPECT_TRUE(client.reply().starts_with("421 4.3.4"));

    House small;
    small.set_memory(64 * 1024);
    auto poor = with_recipient(small);
    const std::string too_much(65 * 1024, 'x');
    EXPECT_EQ(chunk(poor, too_much), "452 4.3.1 No room for the message now, try again later");
    EXPECT_EQ(chunk(poor, "x", " LAST"), "452 4.3.1 No room for the message now, try again later");
    EXPECT_EQ(small.memory().used(), 0U);
}

TEST(Bdat, AnswersOncePerRecipientInLmtp)
{
    House house;
    auto client = with_recipient(house, ListenerKind::lmtp);
    client.ask("RCPT TO:<bob@here.example>");
    EXPECT_EQ(chunk(client, "Subject: x\r\n"), "250 2.0.0 12 bytes received");
    EXPECT_TRUE(chunk(client, "\r\nbody\r\n", " LAST").starts_with("250 2.0.0 Accepted"));
    EXPECT_TRUE(client.reply().starts_with("250 2.0.0 Accepted"));
    EXPECT_EQ(client.ask("NOOP"), "250 2.0.0 OK");
}
