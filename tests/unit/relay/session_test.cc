// What the outbound session says and believes: TLS, login, 8-bit, UTF-8, sizes.
#include "post.h"

namespace mansio::relay {
namespace {

using kit::SmtpSink;
using Script = SmtpSink::Script;
using Strings = std::vector<std::string>;

Script with(Strings extensions)
{
    Script script;
    script.extensions = std::move(extensions);
    return script;
}

Script with_tls()
{
    Script script;
    script.extensions.push_back("STARTTLS");
    return script;
}

TEST(OutboundTls, IsUsedWhereOffered)
{
    SmtpSink sink(with_tls());
    Post post(sink.port());
    post.start();
    post.put({"bob@b.example"});
    ASSERT_TRUE(sink.wait_for_mails(1));
    EXPECT_TRUE(sink.mails()[0].tls);
    EXPECT_EQ(sink.count("EHLO"), 2U) << "what was said before TLS does not count";
}

TEST(OutboundTls, GoesOnInTheClearWhenTheServerTakesItBack)
{
    Script script = with_tls();
    script.replies["STARTTLS"] = "454 4.7.0 not now";
    SmtpSink sink(script);
    Post post(sink.port());
    post.start();
    post.put({"bob@b.example"});
    ASSERT_TRUE(sink.wait_for_mails(1));
    EXPECT_FALSE(sink.mails()[0].tls);
    EXPECT_EQ(sink.connections(), 1U);
}

TEST(OutboundTls, TriesInTheClearOnANewConnectionAfterABrokenHandshake)
{
    Script broken = with_tls();
    broken.break_tls = true;
    SmtpSink sink(broken);
    Post post(sink.port());
    post.start();
    post.put({"bob@b.example"});
    ASSERT_TRUE(sink.wait_for_mails(1));
    EXPECT_FALSE(sink.mails()[0].tls);
    EXPECT_EQ(sink.connections(), 2U);
}

TEST(OutboundTls, NeverFallsBackWhenItIsRequired)
{
    Script broken = with_tls();
    broken.break_tls = true;
    Script taken_back = with_tls();
    taken_back.replies["STARTTLS"] = "454 4.7.0 not now";
    for (const Script& script : {broken, taken_back, Script{}}) {
        SmtpSink sink(script);
        Post post(sink.port());
        post.settings.tls = config::RelayTls::required;
        post.settings.first_retry = std::chrono::minutes(5);
        post.start();
        const auto id = post.put({"bob@b.example"});
        ASSERT_TRUE(post.wait_for_attempt(id));
        EXPECT_EQ(sink.count("MAIL"), 0U);
        EXPECT_EQ(sink.connections(), 1U);
        EXPECT_EQ(post.shown(id)->state, queue::RecipientState::waiting);
    }
}

TEST(OutboundTls, DistrustsRepliesSentAlongBeforeIt)
{
    Script script = with_tls();
    script.inject = "250-evil\n250 SMTPUTF8";
    SmtpSink sink(script);
    Post post(sink.port());
    post.settings.first_retry = std::chrono::minutes(5);
    post.start();
    const auto id = post.put({"bob@b.example"});
    ASSERT_TRUE(post.wait_for_attempt(id));
    EXPECT_EQ(sink.count("MAIL"), 0U);
    EXPECT_EQ(post.shown(id)->last_status, "4.7.0");
}

TEST(OutboundTls, AMessageThatRequiresItDoesNotGoToAnUnprovenHost)
{
    SmtpSink sink(with_tls());
    Post post(sink.port());
    post.settings.first_retry = std::chrono::minutes(5);
    post.start();
    queue::NewMessage message = post.message({"bob@b.example"});
    message.envelope.require_tls = true;
    post.put(message);
    ASSERT_TRUE(post.wait_for_attempt(message.id));
    EXPECT_EQ(sink.count("MAIL"), 0U);
    EXPECT_EQ(post.shown(message.id)->last_status, "4.7.5");
}

TEST(Smarthost, TakesAllMailAfterLogin)
{
    Script script;
    script.password = "user:secret";
    SmtpSink sink(script);
    Post post(1); // nobody is dialled directly
    post.settings.smarthost = "127.0.0.1:" + std::to_string(sink.port());
    post.settings.smarthost_user = "user";
    post.settings.smarthost_password = "secret";
    post.start();
    post.put({"bob@b.example", "eve@nowhere.example"});
    ASSERT_TRUE(sink.wait_for_mails(1));
    ASSERT_TRUE(post.wait_until_empty());
    EXPECT_EQ(sink.mails()[0].to.size(), 2U);
    EXPECT_EQ(sink.count("AUTH PLAIN"), 1U);
}

TEST(Smarthost, AWrongPasswordBouncesNothing)
{
    Script script;
    script.password = "user:other";
    SmtpSink sink(script);
    Post post(1);
    post.settings.smarthost = "127.0.0.1:" + std::to_string(sink.port());
    post.settings.smarthost_user = "user";
    post.settings.smarthost_password = "secret";
    post.settings.first_retry = std::chrono::minutes(5);
    post.start();
    const auto id = post.put({"bob@b.example"});
    ASSERT_TRUE(post.wait_for_attempt(id));
    EXPECT_EQ(post.shown(id)->state, queue::RecipientState::waiting);
    EXPECT_EQ(sink.count("MAIL"), 0U);
}

TEST(Smarthost, MustProveItsNameWhereTheSettingSaysSo)
{
    SmtpSink sink(with_tls()); // with a certificate nobody signed
    Post post(1);
    post.settings.smarthost = "127.0.0.1:" + std::to_string(sink.port());
    post.settings.smarthost_tls = config::SmarthostTls::starttls;
    post.settings.first_retry = std::chrono::minutes(5);
    post.start();
    const auto id = post.put({"bob@b.example"});
    ASSERT_TRUE(post.wait_for_attempt(id));
    EXPECT_EQ(post.shown(id)->last_status, "4.7.5");
    EXPECT_EQ(sink.count("MAIL"), 0U);
}

/// What a remote without an extension gets: the message as it is, or a clear refusal.
TEST(Outbound, SaysClearlyWhatARemoteCanNotTake)
{
    struct Row {
        std::string name, sender, recipient, content;
        Strings extensions;
        std::string status; ///< "" when it goes out
        std::string said;   ///< part of MAIL or RCPT
        bool eight_bit = false, utf8 = false;
    };
    const std::string plain = "Subject: x\r\n\r\nbody\r\n";
    const std::string body8 = "Subject: x\r\n\r\nb\xc3\xb6\x64y\r\n";
    const std::string head8 = "Subject: \xc3\xb6\r\n\r\nbody\r\n";
    const std::string a = "alice@here.example";
    for (const Row& row :
         {Row{"8-bit, offered", a, "bob@b.example", body8, {"8BITMIME"}, "", "BODY=8BITMIME", true},
          Row{"8-bit, not offered", a, "bob@b.example", body8, {}, "5.6.3", "", true},
          Row{"8-bit only by name", a, "bob@b.example", plain, {}, "", "FROM:<alice@here.example>", true},
          Row{"too large", a, "bob@b.example", plain, {"SIZE 10"}, "5.3.4", ""},
          Row{"size without a limit", a, "bob@b.example", plain, {"SIZE 0"}, "", "SIZE=20"},
          Row{"size without a number", a, "bob@b.example", plain, {"SIZE"}, "", "SIZE=20"},
          Row{"UTF-8 address, offered",
              a,
              "b\xc3\xb6\x62@b.example",
              plain,
              {"SMTPUTF8"},
              "",
              "SMTPUTF8",
              false,
              true},
          Row{"UTF-8 address, not offered",
              a,
              "b\xc3\xb6\x62@b.example",
              plain,
              {},
              "5.6.7",
              "",
              false,
              true},
          Row{"UTF-8 sender, not offered",
              "al\xc3\xaf\x63@here.example",
              "bob@b.example",
              plain,
              {},
              "5.6.7",
              "",
              false,
              true},
          Row{"UTF-8 domain alone",
              a,
              "bob@b\xc3\xbc\x63her.example",
              plain,
              {},
              "",
              "bob@xn--bcher-kva.example",
              false,
              true},
          Row{"UTF-8 header, not offered", a, "bob@b.example", head8, {}, "5.6.7", "", true, true},
          Row{"UTF-8 by name only",
              a,
              "bob@b.example",
              plain,
              {},
              "",
              "FROM:<alice@here.example>",
              false,
              true}}) {
        SCOPED_TRACE(row.name);
        SmtpSink sink(with(row.extensions));
        Post post(sink.port());
        post.resolver.mx_records["xn--bcher-kva.example"] = {{10, "mx.b.example"}};
        post.start();
        queue::NewMessage message = post.message({row.recipient});
        message.envelope.reverse_path = row.sender;
        message.envelope.smtputf8 = row.utf8;
        if (row.eight_bit)
            message.envelope.body = queue::BodyType::eight_bit_mime;
        Post::with_content(message, row.content);
        post.put(message);
        if (row.status.empty()) {
            ASSERT_TRUE(sink.wait_for_mails(1));
            const auto mail = sink.mails()[0];
            EXPECT_NE((mail.from + mail.to[0]).find(row.said), std::string::npos) << mail.from << mail.to[0];
            EXPECT_EQ(mail.data, row.content);
        } else {
            ASSERT_TRUE(eventually([&] { return post.house.taken().size() == 1; }));
            EXPECT_NE(post.house.taken()[0].content.find("Status: " + row.status), std::string::npos)
                << post.house.taken()[0].content;
            EXPECT_TRUE(sink.mails().empty());
        }
        EXPECT_TRUE(post.wait_until_empty());
    }
}

TEST(Outbound, NeverSendsABareLineEnd)
{
    SmtpSink sink;
    Post post(sink.port());
    post.start();
    queue::NewMessage message = post.message({"bob@b.example"});
    Post::with_content(message, "Subject: x\n\r\n.\n.\r.\r\nMAIL FROM:<evil@x>\rend");
    post.put(message);
    ASSERT_TRUE(sink.wait_for_mails(1));
    ASSERT_TRUE(post.wait_until_empty());
    EXPECT_EQ(sink.mails().size(), 1U);
    EXPECT_EQ(sink.mails()[0].data, "Subject: x\r\n\r\n..\r\n..\r\n..\r\nMAIL FROM:<evil@x>\r\nend\r\n");
}

TEST(Outbound, SendsALargeMessageInPieces)
{
    SmtpSink sink;
    Post post(sink.port());
    post.start();
    std::string content = "Subject: large\r\n\r\n";
    for (int i = 0; content.size() < (3U << 20); ++i)
        content += ".line " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 90), 'x') + "\r\n";
    queue::NewMessage message = post.message({"bob@b.example"});
    Post::with_content(message, content);
    post.put(message);
    ASSERT_TRUE(sink.wait_for_mails(1));
    std::string expected;
    for (const auto line : base::split(std::string_view(content).substr(0, content.size() - 1), '\n'))
        expected += std::string(line.starts_with('.') ? "." : "") + std::string(line) + "\n";
    EXPECT_EQ(sink.mails()[0].data, expected);
}

TEST(Outbound, TakesNonsenseForNoAnswer)
{
    for (const std::string reply : {"what", "25", "250-a\n550 b", "2500 ok", ""}) {
        SCOPED_TRACE(reply);
        SmtpSink sink(Script{.replies = {{"RCPT", reply}}});
        Post post(sink.port());
        post.settings.first_retry = std::chrono::minutes(5);
        post.start();
        const auto id = post.put({"bob@b.example"});
        ASSERT_TRUE(post.wait_for_attempt(id));
        EXPECT_EQ(post.shown(id)->state, queue::RecipientState::waiting);
        EXPECT_EQ(post.shown(id)->last_status, "4.5.0");
    }
}

TEST(Outbound, GivesUpOnASilentRemoteAtTheDeadline)
{
    for (const std::string stage : {"GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT"}) {
        SCOPED_TRACE(stage);
        SmtpSink sink(Script{.stall_at = stage});
        Post post(sink.port());
        using namespace std::chrono_literals;
        post.settings.greeting_timeout = post.settings.command_timeout = post.settings.data_timeout = 100ms;
        post.settings.final_timeout = 100ms;
        post.settings.first_retry = 5min;
        post.start();
        const auto id = post.put({"bob@b.example"});
        ASSERT_TRUE(post.wait_for_attempt(id));
        EXPECT_EQ(post.shown(id)->last_status, "4.4.2");
        EXPECT_NE(post.shown(id)->last_reply.find("timed out"), std::string::npos)
            << post.shown(id)->last_reply;
    }
}

} // namespace
} // namespace mansio::relay
