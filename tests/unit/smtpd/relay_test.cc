#include "house.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace mansio;
using namespace mansio::smtpd::test;
using smtpd::ListenerKind;

namespace {

enum class Who { nobody, alice };

constexpr std::string_view senders[] = {
    "MAIL FROM:<>",
    "MAIL FROM:<carol@remote.example>",
    "MAIL FROM:<alice@here.example>",
    "MAIL FROM:<bob@here.example>",
    "MAIL FROM:<@here.example:carol@remote.example>",
    "MAIL FROM:<alice@here.example> AUTH=alice@here.example",
};

struct Forward {
    std::string_view path;
    bool local; ///< leads to a mailbox here
    bool known = true;
};

// Every way an address was ever used to make a server pass mail on for a stranger.
constexpr Forward forwards[] = {
    {"alice@here.example", true},
    {"ALICE@HERE.EXAMPLE", true},
    {"\"alice\"@here.example", true},
    {"@remote.example:alice@here.example", true},
    {"alice+tag@here.example", true},
    {"postmaster", true},
    {"dave@remote.example", false},
    {"@here.example:dave@remote.example", false},
    {"@here.example,@remote.example:dave@remote.example", false},
    {"dave@[192.0.2.1]", false},
    {"dave@[127.0.0.1]", false},
    {"dave@here.example.remote.example", false},
    {"dave@remote-here.example", false},
    {"dave%remote.example@here.example", true, false},
    {"dave%remote.example@[127.0.0.1]", false},
    {"remote.example!dave@here.example", true, false},
    {"here.example!dave@remote.example", false},
    {"\"dave@remote.example\"@here.example", true, false},
    {"\"dave%remote.example\"@here.example", true, false},
    {"\"@remote.example:dave\"@here.example", true, false},
    {"dave@remote.example@here.example", true, false},
    {"dave", true, false},
};

/// What this sender and recipient come to: the first digits of the answer to RCPT, or of the refusal before.
std::string try_relay(House& house, ListenerKind kind, Who who, std::string_view sender,
                      const Forward& forward)
{
    auto client = house.connect(kind);
    client.begin(kind == ListenerKind::lmtp ? "LHLO client.example" : "EHLO client.example");
    if (who == Who::alice)
        client.login();
    const std::string from = client.ask(sender);
    if (!from.starts_with("250"))
        return "MAIL " + from.substr(0, 3);
    return client.ask(fmt::format("RCPT TO:<{}>", forward.path)).substr(0, 3);
}

bool is_success(std::string_view code)
{
    return code == "250";
}

} // namespace

TEST(OpenRelay, IsNotThereForStrangersOnAnyListener)
{
    House house;
    house.settings().smtp.plaintext_login = true;
    for (const ListenerKind kind : {ListenerKind::mx, ListenerKind::submission, ListenerKind::lmtp})
        for (const Who who : {Who::nobody, Who::alice})
            for (const std::string_view sender : senders)
                for (const Forward& forward : forwards) {
                    const std::string code = try_relay(house, kind, who, sender, forward);
                    const bool submission = kind == ListenerKind::submission;
                    const bool trusted = submission && who == Who::alice;
                    if (submission && !trusted)
                        EXPECT_EQ(code, "MAIL 530") << sender << " " << forward.path;
                    if (!forward.local && !trusted)
                        EXPECT_FALSE(is_success(code)) << sender << " " << forward.path;
                    if (forward.local && !forward.known)
                        EXPECT_FALSE(is_success(code)) << sender << " " << forward.path;
                    if (forward.local && forward.known && !submission)
                        EXPECT_TRUE(is_success(code)) << sender << " " << forward.path << " " << code;
                }
    EXPECT_TRUE(house.queued().empty());
}

TEST(OpenRelay, IsThereForTheAccountsOwnAddressesOnly)
{
    struct Row {
        std::string_view sender, answer;
    };
    const Row rows[] = {
        {"MAIL FROM:<alice@here.example>", "250"},
        {"MAIL FROM:<Alice@Here.Example>", "250"},
        {"MAIL FROM:<alice+shop@here.example>", "250"},
        {"MAIL FROM:<sales@here.example>", "250"},  // an alias that leads to her
        {"MAIL FROM: <alice@here.example>", "250"}, // as Outlook 365 sends it
        {"MAIL FROM:<>", "250"},                    // receipts
        {"MAIL FROM:<bob@here.example>", "550"},
        {"MAIL FROM:<nobody@here.example>", "550"},
        {"MAIL FROM:<carol@remote.example>", "550"},
    };
    House house;
    for (const Row& row : rows) {
        auto client = house.connect(ListenerKind::submission);
        client.begin();
        EXPECT_EQ(client.login(), "235 2.7.0 Authenticated");
        EXPECT_EQ(client.ask(row.sender).substr(0, 3), row.answer) << row.sender;
        if (row.answer == "250")
            EXPECT_EQ(client.ask("RCPT TO:<dave@remote.example>"), "250 2.1.5 Recipient OK");
    }
}

TEST(Submission, QueuesForRemoteRecipientsAndDeliversToLocalOnes)
{
    House house;
    auto client = house.connect(ListenerKind::submission);
    client.begin();
    client.login();
    client.ask("MAIL FROM:<alice@here.example> RET=HDRS ENVID=QQ1");
    client.ask("RCPT TO:<dave@remote.example> NOTIFY=SUCCESS ORCPT=rfc822;dave@remote.example");
    client.ask("RCPT TO:<bob@here.example>");
    client.ask("DATA");
    client.send("From: Alice <alice@here.example>\r\n\r\nbody\r\n");
    EXPECT_TRUE(client.ask(".").starts_with("250 2.0.0"));
    EXPECT_EQ(house.queued(), (std::vector<std::string>{"dave@remote.example"}));
    const auto inbox = house.inbox("bob@here.example");
    ASSERT_EQ(inbox.size(), 1U);
    EXPECT_NE(inbox[0].find("\r\nMessage-ID: <"), std::string::npos) << inbox[0];
    EXPECT_NE(inbox[0].find("\r\nDate: "), std::string::npos) << inbox[0];
}

TEST(Submission, ChecksTheHeadersSenderToo)
{
    House house;
    auto client = house.connect(ListenerKind::submission);
    client.begin();
    client.login();
    EXPECT_EQ(
        client.deliver("alice@here.example", "bob@here.example", "From: <bob@here.example>\r\n\r\nx\r\n"),
        "550 5.7.1 The From or Sender address does not belong to your account");
    EXPECT_EQ(client.deliver("alice@here.example", "bob@here.example",
                             "From: <alice@here.example>\r\nFrom: <bob@here.example>\r\n\r\nx\r\n"),
              "550 5.6.0 The message must have one From field with valid addresses");
    EXPECT_TRUE(house.inbox("bob@here.example").empty());
}

TEST(Lmtp, AnswersForEachRecipient) // rfc2033#4.2
{
    House house;
    house.wait(house.directory().set_quota("bob@here.example", 1, 0));
    auto client = house.connect(ListenerKind::lmtp);
    EXPECT_EQ(client.reply(), "220 here.example LMTP");
    EXPECT_TRUE(client.ask("LHLO mta.example").starts_with("250-here.example"));
    client.ask("MAIL FROM:<carol@remote.example>");
    client.ask("RCPT TO:<alice@here.example>");
    client.ask("RCPT TO:<nobody@here.example>");
    client.ask("RCPT TO:<bob@here.example>");
    client.ask("RCPT TO:<alice@here.example>");
    client.ask("DATA");
    client.send("From: <carol@remote.example>\r\n\r\nbody\r\n.\r\n");
    EXPECT_TRUE(client.reply().starts_with("250 2.0.0"));
    EXPECT_EQ(client.reply(), "552 5.2.2 The mailbox is full");
    EXPECT_TRUE(client.reply().starts_with("250 2.0.0"));
    EXPECT_EQ(client.ask("QUIT"), "221 2.0.0 Goodbye");
    EXPECT_EQ(house.inbox("alice@here.example").size(), 1U);
}

TEST(Lmtp, RefusesTheMessageForEachRecipient)
{
    House house;
    auto client = house.connect(ListenerKind::lmtp);
    client.begin("LHLO mta.example");
    client.ask("MAIL FROM:<>");
    client.ask("RCPT TO:<alice@here.example>");
    client.ask("RCPT TO:<bob@here.example>");
    client.ask("DATA");
    client.send("bare\nline\r\n.\r\n");
    EXPECT_TRUE(client.reply().starts_with("550 5.6.11"));
    EXPECT_TRUE(client.reply().starts_with("550 5.6.11"));
    EXPECT_EQ(client.ask("NOOP"), "250 2.0.0 OK");
}

TEST(Lmtp, IsNotSmtp)
{
    House house;
    auto client = house.connect(ListenerKind::lmtp);
    client.begin("LHLO mta.example");
    for (const std::string_view command : {"EHLO x", "HELO x", "AUTH PLAIN", "STARTTLS"})
        EXPECT_EQ(client.ask(command), "502 5.5.1 This command is not offered here");
    auto smtp = house.connect();
    smtp.begin();
    EXPECT_EQ(smtp.ask("LHLO x"), "502 5.5.1 This command is not offered here");
}
