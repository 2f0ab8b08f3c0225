#include "queue/dsn.h"

#include <gtest/gtest.h>

namespace mansio::queue {
namespace {

constexpr Millis start = 1'700'000'000'000; // Tue, 14 Nov 2023 22:13:20

ReportSettings settings()
{
    return {.hostname = "mail.here.example"};
}

QueuedMessage sample()
{
    QueuedMessage message;
    message.id = QueueId{1};
    message.envelope.reverse_path = "alice@here.example";
    message.envelope.envelope_id = "QQ+2B1";
    message.envelope.message_id = "m1@here.example";
    message.envelope.arrived = start;
    message.envelope.size = 100;
    Recipient bob;
    bob.index = 0;
    bob.forward_path = "bob@b.example";
    bob.original_recipient = "rfc822;Bob+40x@b.example";
    bob.last_code = 550;
    bob.last_status = "5.1.1";
    bob.last_reply = "550 5.1.1 no such user";
    bob.last_remote = "mx.b.example [192.0.2.1]";
    bob.last_attempt = start + 1000;
    Recipient eve;
    eve.index = 1;
    eve.forward_path = "eve@c.example";
    eve.last_status = "4.4.1";
    eve.last_reply = "no connection: refused";
    eve.last_attempt = start + 2000;
    eve.expired = true;
    message.recipients = {bob, eve};
    return message;
}

ReportInput about(const QueuedMessage& message, Owed kind, std::vector<std::uint32_t> recipients)
{
    return {.message = message,
            .recipients = std::move(recipients),
            .kind = kind,
            .original = "Subject: hi\r\nFrom: alice@here.example\r\n\r\nsecret body\r\n",
            .now = start + 5000,
            .message_id = "<r1@mail.here.example>"};
}

TEST(DeliveryStatus, SaysWhatBecameOfEachRecipient)
{
    const QueuedMessage message = sample();
    EXPECT_EQ(delivery_status(about(message, Owed::failure, {0, 1}), settings()),
              "Reporting-MTA: dns; mail.here.example\r\n"
              "Original-Envelope-Id: QQ+1\r\n"
              "Arrival-Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
              "\r\n"
              "Original-Recipient: rfc822;Bob@x@b.example\r\n"
              "Final-Recipient: rfc822; bob@b.example\r\n"
              "Action: failed\r\n"
              "Status: 5.1.1\r\n"
              "Remote-MTA: dns; mx.b.example\r\n"
              "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
              "Last-Attempt-Date: Tue, 14 Nov 2023 22:13:21 +0000\r\n"
              "\r\n"
              "Final-Recipient: rfc822; eve@c.example\r\n"
              "Action: failed\r\n"
              "Status: 4.4.1\r\n"
              "Last-Attempt-Date: Tue, 14 Nov 2023 22:13:22 +0000\r\n");
}

TEST(DeliveryStatus, SaysUntilWhenADelayedOneIsTried)
{
    const QueuedMessage message = sample();
    EXPECT_EQ(delivery_status(about(message, Owed::delay, {1}), settings()),
              "Reporting-MTA: dns; mail.here.example\r\n"
              "Original-Envelope-Id: QQ+1\r\n"
              "Arrival-Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
              "\r\n"
              "Final-Recipient: rfc822; eve@c.example\r\n"
              "Action: delayed\r\n"
              "Status: 4.4.1\r\n"
              "Last-Attempt-Date: Tue, 14 Nov 2023 22:13:22 +0000\r\n"
              "Will-Retry-Until: Sun, 19 Nov 2023 22:13:20 +0000\r\n");
}

TEST(DeliveryStatus, ChoosesACodeThatFitsTheAction)
{
    struct Row {
        Owed kind;
        std::string last;
        bool expired;
        std::string shown;
    };
    for (const Row& row :
         {Row{Owed::failure, "5.7.1", false, "5.7.1"}, Row{Owed::failure, "", false, "5.0.0"},
          Row{Owed::failure, "4.2.2", false, "5.0.0"}, Row{Owed::failure, "4.2.2", true, "4.2.2"},
          Row{Owed::failure, "", true, "4.4.7"}, Row{Owed::delay, "4.7.1", false, "4.7.1"},
          Row{Owed::delay, "", false, "4.0.0"}, Row{Owed::success, "2.1.5", false, "2.1.5"},
          Row{Owed::success, "", false, "2.0.0"}}) {
        QueuedMessage message = sample();
        message.recipients[0].last_status = row.last;
        message.recipients[0].expired = row.expired;
        const std::string status = delivery_status(about(message, row.kind, {0}), settings());
        EXPECT_NE(status.find("Status: " + row.shown + "\r\n"), std::string::npos) << status;
    }
}

TEST(DeliveryStatus, WritesUtf8AddressesInAscii)
{
    QueuedMessage message = sample();
    message.recipients[0].forward_path = "b\xc3\xb6\x62\xf0\x9f\x93\xac@b.example";
    const std::string status = delivery_status(about(message, Owed::failure, {0}), settings());
    EXPECT_NE(status.find("Final-Recipient: utf-8; b\\x{F6}b\\x{1F4EC}@b.example\r\n"), std::string::npos)
        << status;
}

TEST(ReportText, TellsAPersonWhoSaidWhat)
{
    const QueuedMessage message = sample();
    EXPECT_EQ(report_text(about(message, Owed::failure, {0, 1}), settings()),
              "This is the mail server mail.here.example.\n\n"
              "Your message could not be delivered to the recipients below. It is not tried again.\n"
              "\n<bob@b.example>\n    host mx.b.example [192.0.2.1] said: 550 5.1.1 no such user\n"
              "\n<eve@c.example>\n    no connection: refused\n"
              "    It was tried for as long as this server keeps mail.\n");
}

TEST(Report, GoesToTheSenderWithAllOfTheMessageOrItsHeader)
{
    struct Row {
        Owed kind;
        Ret ret;
        std::uint64_t size;
        bool body;
    };
    for (const Row& row :
         {Row{Owed::failure, Ret::unset, 100, true}, Row{Owed::failure, Ret::full, 100, true},
          Row{Owed::failure, Ret::headers, 100, false}, Row{Owed::failure, Ret::full, 1 << 20, false},
          Row{Owed::delay, Ret::full, 100, false}, Row{Owed::success, Ret::full, 100, false}}) {
        QueuedMessage message = sample();
        message.envelope.ret = row.ret;
        message.envelope.size = row.size;
        const auto report = compose_report(about(message, row.kind, {0}), settings());
        ASSERT_TRUE(report) << report.error().cause;
        EXPECT_EQ(report->to, "alice@here.example");
        EXPECT_NE(report->content.find("Subject: hi\r\n"), std::string::npos);
        EXPECT_EQ(report->content.find("secret body") != std::string::npos, row.body);
        EXPECT_NE(report->content.find("report-type=delivery-status"), std::string::npos);
        EXPECT_NE(report->content.find("In-Reply-To: <m1@here.example>\r\n"), std::string::npos);
        EXPECT_NE(report->content.find("Auto-Submitted: auto-replied\r\n"), std::string::npos);
        EXPECT_FALSE(report->smtputf8);
    }
}

TEST(Report, LetsNoRemoteWordsBreakOut)
{
    QueuedMessage message = sample();
    message.recipients[0].last_reply =
        "550 x\r\n\r\n--boundary\r\nBcc: evil\x1b[2J\xff" + std::string(5000, 'y');
    message.recipients[0].last_status = "5.1.1\r\nEvil: yes";
    message.recipients[0].last_remote = "mx\r\nEvil: yes [::1]";
    message.recipients[0].original_recipient = "rfc822;a+0D+0AEvil:+20yes";
    message.envelope.envelope_id = "x+0D+0AEvil:+20yes";
    const auto report = compose_report(about(message, Owed::failure, {0}), settings());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->content.find("\nEvil"), std::string::npos);
    EXPECT_EQ(report->content.find("\n--boundary"), std::string::npos);
    EXPECT_EQ(report->content.find('\x1b'), std::string::npos);
    std::size_t begin = 0;
    for (std::size_t end = report->content.find("\r\n"); end != std::string::npos;
         begin = end + 2, end = report->content.find("\r\n", begin))
        EXPECT_LE(end - begin, 998U);
}

TEST(Report, IsSmtputf8WhenItsAddresseeIs)
{
    QueuedMessage message = sample();
    message.envelope.reverse_path = "\xc3\xa4@here.example";
    const auto report = compose_report(about(message, Owed::failure, {0}), settings());
    ASSERT_TRUE(report) << report.error().cause;
    EXPECT_TRUE(report->smtputf8);
    EXPECT_EQ(report->body, BodyType::eight_bit_mime);
}

TEST(WantsReport, FollowsNotifyAndNeverTellsTheNullSender)
{
    struct Row {
        Notify notify;
        bool failure, delay, success;
    };
    for (const Row& row :
         {Row{{}, true, true, false}, Row{{.never = true}, false, false, false},
          Row{{.success = true}, false, false, true}, Row{{.failure = true}, true, false, false},
          Row{{.failure = true, .delay = true}, true, true, false}}) {
        QueuedMessage message = sample();
        Recipient& recipient = message.recipients[0];
        recipient.notify = row.notify;
        EXPECT_EQ(wants_report(message.envelope, recipient, Owed::failure), row.failure);
        EXPECT_EQ(wants_report(message.envelope, recipient, Owed::delay), row.delay);
        EXPECT_EQ(wants_report(message.envelope, recipient, Owed::success), row.success);
        message.envelope.reverse_path.clear();
        for (const Owed kind : {Owed::failure, Owed::delay, Owed::success})
            EXPECT_FALSE(wants_report(message.envelope, recipient, kind));
    }
}

TEST(Words, AreOnePlainLine)
{
    EXPECT_EQ(plain_words(" a\r\n\tb\x7f\xc3\xa9 "), "a b???");
    EXPECT_EQ(plain_words("abcdef", 3), "abc");
    EXPECT_EQ(show_xtext("a+2Bb+20c"), "a+b c");
    EXPECT_EQ(show_xtext("bad+"), "bad?");
    EXPECT_EQ(show_xtext("bad+zz"), "bad?zz");
}

} // namespace
} // namespace mansio::queue
