#include "relay/relay.h"

#include "post.h"
#include "relay/journal.h"

namespace mansio::relay {
namespace {

using kit::SmtpSink;
using Script = SmtpSink::Script;
using Strings = std::vector<std::string>;

TEST(Relay, DeliversAMessageByteForByteInOneTransaction)
{
    SmtpSink sink;
    Post post(sink.port());
    post.start();
    post.put({"bob@b.example", "eve@b.example"});
    ASSERT_TRUE(sink.wait_for_mails(1));
    ASSERT_TRUE(post.wait_until_empty());
    const auto mail = sink.mails().at(0);
    EXPECT_TRUE(mail.from.starts_with("FROM:<alice@here.example> SIZE=")) << mail.from;
    EXPECT_EQ(mail.to, (Strings{"TO:<bob@b.example>", "TO:<eve@b.example>"}));
    EXPECT_EQ(mail.data, "Subject: hello\r\nFrom: alice@here.example\r\n\r\n..dot\r\nbody\r\n");
    EXPECT_EQ(sink.commands().at(0), "EHLO mail.here.example");
    EXPECT_EQ(sink.mails().size(), 1U);
    EXPECT_TRUE(post.house.taken().empty());
}

TEST(Relay, SpeaksStepByStepToAServerWithoutExtensions)
{
    SmtpSink sink(Script{.extensions = {}});
    Post post(sink.port());
    post.start();
    queue::NewMessage message = post.message({"bob@b.example"});
    message.recipients[0].notify.success = true;
    post.put(message);
    ASSERT_TRUE(sink.wait_for_mails(1));
    ASSERT_TRUE(post.wait_until_empty());
    EXPECT_EQ(sink.mails().at(0).from, "FROM:<alice@here.example>");
    EXPECT_EQ(sink.mails().at(0).to, Strings{"TO:<bob@b.example>"});
    // The remote knows no DSN, so success is ours to report.
    ASSERT_EQ(post.house.taken().size(), 1U);
    EXPECT_NE(post.house.taken()[0].content.find("Action: relayed"), std::string::npos);
}

TEST(Relay, FallsBackToHelo)
{
    SmtpSink sink(Script{.replies = {{"EHLO", "502 5.5.1 what?"}}});
    Post post(sink.port());
    post.start();
    post.put({"bob@b.example"});
    ASSERT_TRUE(sink.wait_for_mails(1));
    EXPECT_EQ(sink.count("HELO"), 1U);
}

TEST(Relay, PassesDsnParametersOn)
{
    SmtpSink sink;
    Post post(sink.port());
    post.start();
    queue::NewMessage message = post.message({"bob@b.example"});
    message.envelope.ret = queue::Ret::headers;
    message.envelope.envelope_id = "QQ+2B1";
    message.recipients[0].notify = {.success = true, .delay = true};
    message.recipients[0].original_recipient = "rfc822;Bob@x";
    post.put(message);
    ASSERT_TRUE(sink.wait_for_mails(1));
    ASSERT_TRUE(post.wait_until_empty());
    EXPECT_TRUE(sink.mails()[0].from.ends_with(" RET=HDRS ENVID=QQ+2B1")) << sink.mails()[0].from;
    EXPECT_EQ(sink.mails()[0].to[0], "TO:<bob@b.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Bob@x");
    EXPECT_TRUE(post.house.taken().empty());
}

TEST(Relay, TreatsEveryRecipientByItsOwnReply)
{
    SmtpSink sink(std::vector<Script>{Script{.replies = {{"RCPT no@b.example", "550 5.1.1 no such user"},
                                                         {"RCPT wait@b.example", "451 4.7.1 greylisted"}}},
                                      Script{}});
    Post post(sink.port());
    post.start();
    const auto id = post.put({"yes@b.example", "no@b.example", "wait@b.example"});
    ASSERT_TRUE(sink.wait_for_mails(2));
    ASSERT_TRUE(post.wait_until_empty());
    const auto mails = sink.mails();
    EXPECT_EQ(mails[0].to, Strings{"TO:<yes@b.example>"});
    EXPECT_EQ(mails[1].to, Strings{"TO:<wait@b.example>"});
    ASSERT_EQ(post.house.taken().size(), 1U);
    const Inbound report = post.house.taken()[0];
    EXPECT_EQ(report.kind, Inbound::Kind::report);
    EXPECT_EQ(report.reverse_path, "");
    EXPECT_EQ(report.recipient, "alice@here.example");
    EXPECT_NE(report.content.find("Final-Recipient: rfc822; no@b.example"), std::string::npos)
        << report.content;
    EXPECT_NE(report.content.find("5.1.1 no such user"), std::string::npos);
    EXPECT_EQ(report.content.find("yes@b.example\r\nAction"), std::string::npos);
    EXPECT_FALSE(post.shown(id));
}

/// A refusal at each stage: whom it concerns and how it ends.
TEST(Relay, TakesARefusalForWhatItIs)
{
    struct Row {
        std::string stage, reply;
        bool failed;
        Strings extensions = Script{}.extensions;
    };
    for (const Row& row : {Row{"MAIL", "550 5.7.1 go away", true}, Row{"MAIL", "451 4.3.0 later", false},
                           Row{"RCPT", "553 5.1.3 bad", true}, Row{"RCPT", "452 4.5.3 enough", false},
                           Row{"RCPT", "552 5.5.3 too many", false}, Row{"DATA", "554 5.6.0 no", true},
                           Row{"DATA", "451 4.3.0 later", false}, Row{"DOT", "554 5.7.1 spam", true},
                           Row{"DOT", "452 4.3.1 full", false}, Row{"MAIL", "550 5.7.1 go away", true, {}},
                           Row{"RCPT", "550 5.1.1 none", true, {}}, Row{"DATA", "554 5.6.0 no", true, {}},
                           Row{"DOT", "550 no", true, {}}, Row{"GREETING", "554 no service", false},
                           Row{"EHLO", "421 later", false}, Row{"DATA", "250 what", false}}) {
        SCOPED_TRACE(row.stage + " " + row.reply);
        SmtpSink sink(Script{.extensions = row.extensions, .replies = {{row.stage, row.reply}}});
        Post post(sink.port());
        post.settings.first_retry = std::chrono::minutes(5);
        post.start();
        const auto id = post.put({"bob@b.example"});
        if (row.failed) {
            ASSERT_TRUE(eventually([&] { return post.house.taken().size() == 1; }));
            ASSERT_TRUE(post.wait_until_empty());
            EXPECT_NE(post.house.taken()[0].content.find(row.reply), std::string::npos)
                << post.house.taken()[0].content;
        } else {
            ASSERT_TRUE(post.wait_for_attempt(id));
            EXPECT_EQ(post.shown(id)->state, queue::RecipientState::waiting);
            EXPECT_EQ(post.shown(id)->attempts, 1U);
            EXPECT_EQ(post.shown(id)->last_reply, row.reply);
            EXPECT_TRUE(post.house.taken().empty());
        }
        EXPECT_TRUE(sink.mails().empty());
    }
}

/// The connection dropped at each step: nothing lost, nothing bounced, nothing sent twice.
TEST(Relay, SurvivesAHangUpAtEveryStep)
{
    for (const std::string stage : {"GREETING", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "DOT"}) {
        for (const Strings& extensions : {Script{}.extensions, Strings{}}) {
            SCOPED_TRACE(stage);
            SmtpSink sink(
                std::vector<Script>{Script{.extensions = extensions, .hang_up_at = stage}, Script{}});
            Post post(sink.port());
            post.start();
            post.put({"bob@b.example", "eve@b.example"});
            ASSERT_TRUE(sink.wait_for_mails(1));
            ASSERT_TRUE(post.wait_until_empty());
            EXPECT_EQ(sink.mails().size(), 1U);
            EXPECT_EQ(sink.mails()[0].to.size(), 2U);
            EXPECT_TRUE(post.house.taken().empty());
        }
    }
}

TEST(Relay, ReportsTheRefusalNotTheHangUpThatFollows)
{
    for (const Strings& extensions : {Script{}.extensions, Strings{}})
        for (const std::string stage : {"MAIL", "RCPT", "DATA", "BODY", "DOT"}) {
            SCOPED_TRACE(stage);
            SmtpSink sink(Script{
                .extensions = extensions, .replies = {{stage, "550 5.7.1 blocked"}}, .hang_up_after = stage});
            Post post(sink.port());
            post.start();
            queue::NewMessage message = post.message({"bob@b.example"});
            if (stage == "BODY") // large enough that the remote is gone while we still write
                Post::with_content(message, "Subject: x\r\n\r\n" + std::string(8 << 20, 'x') + "\r\n");
            post.put(message);
            if (stage == "BODY") { // the reply may be lost with the connection: then it is tried again
                ASSERT_TRUE(eventually([&] {
                    const auto recipient = post.shown(message.id);
                    return !post.house.taken().empty() || (recipient && !recipient->last_reply.empty());
                }));
                continue;
            }
            ASSERT_TRUE(eventually([&] { return !post.house.taken().empty(); }));
            EXPECT_NE(post.house.taken()[0].content.find("550 5.7.1 blocked"), std::string::npos);
        }
}

TEST(Relay, TriesTheNextHostAndTheNextAddress)
{
    SmtpSink sink(
        std::vector<Script>{Script{.greeting = "421 busy"}, Script{.hang_up_at = "MAIL"}, Script{}});
    Post post(sink.port());
    post.settings.first_retry = std::chrono::minutes(5); // only the first attempt counts
    post.resolver.mx_records["b.example"] = {
        {10, "dead.b.example"}, {20, "mx.b.example"}, {30, "mx.c.example"}};
    post.resolver.aaaa_records["mx.b.example"] = {"::1"}; // nobody listens there
    post.resolver.a_records["mx.b.example"] = {"127.0.0.1", "127.0.0.1"};
    post.start();
    post.put({"bob@b.example"});
    ASSERT_TRUE(sink.wait_for_mails(1));
    ASSERT_TRUE(post.wait_until_empty());
    EXPECT_EQ(sink.connections(), 3U);
}

TEST(Relay, KnowsDomainsThatTakeNoMail)
{
    SmtpSink sink;
    Post post(sink.port());
    post.resolver.mx_records["null.example"] = {{0, ""}};
    post.resolver.mx_records["loop.example"] = {{10, "mail.here.example"}};
    post.start();
    post.put({"a@null.example"});
    post.put({"a@nowhere.example"});
    post.put({"a@loop.example"});
    ASSERT_TRUE(eventually([&] { return post.house.taken().size() == 3; }));
    std::string all;
    for (const Inbound& report : post.house.taken())
        all += report.content;
    for (const std::string_view status : {"Status: 5.1.10", "Status: 5.1.2", "Status: 5.4.6"})
        EXPECT_NE(all.find(status), std::string::npos) << status;
    EXPECT_TRUE(post.wait_until_empty());
}

TEST(Relay, ASlowDestinationHoldsUpNobodyElse)
{
    SmtpSink slow(Script{.stall_at = "GREETING"});
    SmtpSink fast;
    Post post(fast.port());
    post.start();
    for (int i = 0; i < 10; ++i) {
        queue::NewMessage message = post.message({"bob@slow.example"});
        message.recipients[0].route = "127.0.0.1:" + std::to_string(slow.port());
        post.put(message);
    }
    ASSERT_TRUE(eventually([&] { return slow.connections() == 5; }));
    for (int i = 0; i < 20; ++i)
        post.put({"eve@b.example"});
    ASSERT_TRUE(fast.wait_for_mails(20));
    EXPECT_EQ(slow.connections(), 5U) << "no more than the lane's limit";
    EXPECT_EQ(slow.mails().size(), 0U);
    slow.release();
    ASSERT_TRUE(slow.wait_for_mails(10));
    EXPECT_TRUE(post.wait_until_empty());
}

TEST(Relay, UsesAConnectionAgainWhileMailWaits)
{
    SmtpSink sink(Script{.stall_at = "DOT"});
    Post post(sink.port());
    post.settings.max_connections_per_destination = 1;
    post.start();
    for (int i = 0; i < 5; ++i)
        post.put({"bob@b.example"});
    ASSERT_TRUE(sink.wait_for_command("DOT"));
    sink.release();
    ASSERT_TRUE(sink.wait_for_mails(5));
    ASSERT_TRUE(post.wait_until_empty());
    EXPECT_EQ(sink.connections(), 1U);
    EXPECT_TRUE(sink.wait_for_command("QUIT"));
}

TEST(Relay, KeepsAConnectionForMailThatComesSoon)
{
    SmtpSink sink;
    Post post(sink.port());
    post.settings.reuse_time = std::chrono::seconds(20);
    post.start();
    post.put({"bob@b.example"});
    ASSERT_TRUE(sink.wait_for_mails(1));
    ASSERT_TRUE(post.wait_until_empty());
    post.put({"eve@b.example"});
    ASSERT_TRUE(sink.wait_for_mails(2));
    EXPECT_EQ(sink.connections(), 1U);
}

TEST(Relay, DialsAnewWhenAKeptConnectionIsGone)
{
    SmtpSink sink(std::vector<Script>{Script{.hang_up_after = "DOT"}, Script{}});
    Post post(sink.port());
    post.settings.reuse_time = std::chrono::seconds(20);
    post.settings.first_retry = std::chrono::minutes(5);
    post.start();
    post.put({"bob@b.example"});
    ASSERT_TRUE(sink.wait_for_mails(1));
    ASSERT_TRUE(post.wait_until_empty());
    post.put({"eve@b.example"});
    ASSERT_TRUE(sink.wait_for_mails(2));
    EXPECT_EQ(sink.connections(), 2U);
}

TEST(Relay, ParksWhatCanBeNeitherDeliveredNorReturned)
{
    SmtpSink sink(Script{.replies = {{"RCPT", "550 5.1.1 none"}}});
    Post post(sink.port());
    post.house.refuses = base::Fault::not_found; // the sender is unknown
    post.start();
    const auto id = post.put({"bob@b.example"});
    ASSERT_TRUE(eventually([&] { return post.spool->counts().parked == 1; }));
    EXPECT_NE(post.shown(id)->parked_because.find("as the test says"), std::string::npos);
    queue::NewMessage bounce = post.message({"eve@b.example"});
    bounce.envelope.reverse_path.clear();
    const auto asked = post.house.asked();
    post.put(bounce);
    ASSERT_TRUE(eventually([&] { return post.spool->counts().parked == 2; }));
    EXPECT_EQ(post.house.asked(), asked) << "nothing is ever reported to the null sender";
    sink.set_scripts({Script{}});
    ASSERT_TRUE(post.run(post.spool->retry({id, {}})));
    ASSERT_TRUE(sink.wait_for_mails(1));
    EXPECT_TRUE(eventually([&] { return post.spool->counts().messages == 1; }));
}

TEST(Relay, KeepsAReportThatHasToWait)
{
    SmtpSink sink(Script{.replies = {{"RCPT", "550 5.1.1 none"}}});
    Post post(sink.port());
    post.house.refuses = base::Fault::full;
    post.start();
    const auto id = post.put({"bob@b.example"});
    ASSERT_TRUE(eventually([&] { return post.house.asked() > 0; }));
    EXPECT_EQ(post.shown(id)->state, queue::RecipientState::done);
    EXPECT_EQ(post.spool->counts().done, 1U);
    // After a restart the report is owed still.
    post.stop();
    post.spool.reset();
    post.house.refuses = std::nullopt;
    post.start();
    ASSERT_TRUE(eventually([&] { return post.house.taken().size() == 1; }));
    EXPECT_TRUE(post.wait_until_empty());
}

TEST(Relay, HandsMailForALocalDomainToTheHouse)
{
    SmtpSink sink;
    Post post(sink.port());
    post.house.local_domains = {"b.example"};
    post.start();
    post.put({"bob@b.example", "eve@c.example"});
    ASSERT_TRUE(sink.wait_for_mails(1));
    ASSERT_TRUE(post.wait_until_empty());
    ASSERT_EQ(post.house.taken().size(), 1U);
    EXPECT_EQ(post.house.taken()[0].recipient, "bob@b.example");
    EXPECT_EQ(post.house.taken()[0].kind, Inbound::Kind::mail);
    EXPECT_EQ(sink.mails()[0].to, Strings{"TO:<eve@c.example>"});
}

TEST(Relay, DeliversAtHomeOnceThoughACommitFails)
{
    SmtpSink sink;
    Post post(sink.port());
    post.house.local_domains = {"b.example"};
    post.start();
    const queue::NewMessage message = post.message({"bob@b.example"});
    storage::Batch batch;
    post.spool->enqueue(batch, message);
    ASSERT_TRUE(post.run(post.engine->commit(std::move(batch))));
    post.engine->fail_commit_at(2); // 1 records the attempt, 2 is the delivery
    post.spool->committed(message);
    ASSERT_TRUE(eventually([&] { return !post.house.taken().empty(); }));
    ASSERT_TRUE(post.wait_until_empty());
    EXPECT_EQ(post.house.asked(), 2U);
    EXPECT_EQ(post.house.taken().size(), 1U);
}

TEST(Relay, DoesNotDialForADomainThatMayBeItsOwn)
{
    SmtpSink sink;
    Post post(sink.port());
    post.house.unsure = base::Fault::corrupt;
    post.start();
    const auto id = post.put({"bob@b.example"});
    ASSERT_TRUE(post.wait_for_attempt(id));
    EXPECT_EQ(post.shown(id)->state, queue::RecipientState::waiting);
    EXPECT_EQ(sink.connections(), 0U);
}

TEST(Relay, RefusesToMakeAnAttemptItCanNotRecord)
{
    SmtpSink sink;
    Post post(sink.port());
    post.start();
    const queue::NewMessage message = post.message({"bob@b.example"});
    storage::Batch batch;
    post.spool->enqueue(batch, message);
    ASSERT_TRUE(post.run(post.engine->commit(std::move(batch))));
    post.engine->fail_commit_at(1);
    post.spool->committed(message);
    ASSERT_TRUE(sink.wait_for_mails(1)); // at the second try, 50 ms later
    ASSERT_TRUE(post.wait_until_empty());
    EXPECT_EQ(sink.connections(), 1U);
}

TEST(Relay, StopsWhileARemoteIsSilentAndGoesOnLater)
{
    SmtpSink sink(std::vector<Script>{Script{.stall_at = "MAIL"}, Script{}});
    Post post(sink.port());
    post.start();
    post.put({"bob@b.example"});
    ASSERT_TRUE(sink.wait_for_command("MAIL"));
    const auto begun = std::chrono::steady_clock::now();
    post.stop(std::chrono::milliseconds(50));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
    EXPECT_TRUE(sink.mails().empty());
    sink.release();
    post.spool.reset();
    post.start();
    ASSERT_TRUE(sink.wait_for_mails(1));
    EXPECT_TRUE(post.wait_until_empty());
}

TEST(Relay, ComesThroughAnyFailingCommit)
{
    for (std::size_t failing = 1; failing <= 6; ++failing) {
        SCOPED_TRACE(failing);
        SmtpSink sink(std::vector<Script>{Script{.replies = {{"RCPT no@b.example", "550 5.1.1 none"}}}});
        Post post(sink.port());
        post.start();
        const queue::NewMessage message = post.message({"yes@b.example", "no@b.example"});
        storage::Batch batch;
        post.spool->enqueue(batch, message);
        ASSERT_TRUE(post.run(post.engine->commit(std::move(batch))));
        post.engine->fail_commit_at(failing);
        post.spool->committed(message);
        ASSERT_TRUE(eventually([&] { return post.house.asked() > 0 && post.spool->counts().active == 0; }));
        if (failing == 4) { // the report's own commit failed, and with it the settling: again in a minute
            EXPECT_EQ(post.spool->counts().done, 1U);
            EXPECT_TRUE(post.house.taken().empty()) << "told now and again in a minute is twice";
        } else {
            ASSERT_TRUE(post.wait_until_empty());
            EXPECT_EQ(post.house.taken().size(), 1U);
        }
        EXPECT_GE(sink.mails().size(), 1U);
        EXPECT_LE(sink.mails().size(), 2U) << "at most the one whose result was lost is sent again";
    }
}

} // namespace
} // namespace mansio::relay
