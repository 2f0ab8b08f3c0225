#include "intake/intake.h"

#include "intake/beside.h"
#include "net/loop.h"
#include "storage/memory_engine.h"
#include "trace/recorder.h"

#include <gtest/gtest.h>

namespace mansio::intake {
namespace {

using base::Fault;

struct IntakeTest : testing::Test {
    storage::MemoryEngine engine;
    base::ManualExecutor loop;
    base::FakeClock clock;
    directory::Directory directory{engine,
                                   clock,
                                   directory::inline_hasher(),
                                   {.argon2_passes = 1, .argon2_memory_kib = 64, .scram_iterations = 100}};
    mailbox::Accounts accounts{engine, {&loop}, clock};
    queue::Spool spool{engine, clock};
    config::LogSettings log;
    trace::Recorder recorder{engine, log, loop, clock};
    Intake intake{{engine, directory, accounts, spool, &recorder, clock}, {.hostname = "mx.here.example"}};
    int woken = 0;

    void SetUp() override
    {
        ASSERT_TRUE(wait(directory.add_domain("here.example")));
        for (const char* name : {"alice", "bob"}) {
            directory::Directory::NewAccount wanted;
            wanted.address = std::string(name) + "@here.example";
            wanted.password = "x";
            ASSERT_TRUE(wait(directory.add_account(wanted)));
        }
        ASSERT_TRUE(wait(spool.load()));
        intake.on_queued([this] { ++woken; });
    }
    template <class T>
    T wait(Task<T> task)
    {
        return base::sync_wait(loop, std::move(task));
    }

    directory::Account account(const std::string& address) { return **wait(directory.find_account(address)); }
    Staged staged(std::vector<std::string> to,
                  std::string content = "From: x@y.example\r\nSubject: hi\r\n\r\nHello\r\n")
    {
        Staged message;
        message.arrival.helo = "client.example";
        message.arrival.peer_address = "192.0.2.7";
        message.arrival.protocol = "ESMTP";
        message.reverse_path = "x@y.example";
        message.content = std::move(content);
        for (std::string& address : to) {
            Recipient recipient;
            auto place = wait(directory.locate(address));
            EXPECT_TRUE(place) << address;
            recipient.remote = !*place;
            if (*place)
                recipient.destination = std::move(**place);
            recipient.address = std::move(address);
            message.recipients.push_back(std::move(recipient));
        }
        return message;
    }
    Staged submitted(std::vector<std::string> to, std::string content)
    {
        Staged message = staged(std::move(to), std::move(content));
        message.arrival.origin = Origin::submission;
        message.arrival.account = account("alice@here.example");
        message.arrival.protocol = "ESMTPSA";
        return message;
    }
    std::vector<std::string> inbox(const std::string& address)
    {
        auto opened = *wait(accounts.open(account(address).id));
        const auto id = (*wait(opened->list()))->find("INBOX")->id;
        const auto view = *wait(opened->view(id));
        std::vector<std::string> messages;
        for (std::size_t i = 0; i < view->size(); ++i)
            messages.push_back(*wait(opened->read(view->at(i).blob)));
        return messages;
    }
    void expect_consistent()
    {
        for (const char* address : {"alice@here.example", "bob@here.example"})
            inbox(address); // an account that was never opened has nothing to judge
        for (const char* address : {"alice@here.example", "bob@here.example"})
            for (const auto& finding : *wait(mailbox::check_consistency(engine, account(address).id)))
                ADD_FAILURE() << finding.what;
        EXPECT_TRUE(wait(spool.check_consistency())->problems.empty());
    }
};

TEST_F(IntakeTest, ALocalMessageArrivesWithItsTraceFields)
{
    auto receipt = wait(intake.accept(staged({"alice@here.example"})));
    ASSERT_TRUE(receipt) << receipt.error().failure.cause;
    const auto messages = inbox("alice@here.example");
    ASSERT_EQ(messages.size(), 1U);
    const std::string expected = "Return-Path: <x@y.example>\r\n"
                                 "Received: from client.example ([192.0.2.7])\r\n"
                                 "\tby mx.here.example with ESMTP\r\n\tid " +
                                 receipt->trace_id +
                                 "\r\n\tfor <alice@here.example>;\r\n"
                                 "\tTue, 14 Nov 2023 22:13:20 +0000\r\n"
                                 "From: x@y.example\r\nSubject: hi\r\n\r\nHello\r\n";
    EXPECT_EQ(messages[0], expected);
    EXPECT_EQ(wait(recorder.journey(receipt->trace_id))->size(), 2U) << "received, delivered";
    expect_consistent();
}

TEST_F(IntakeTest, EveryoneGetsItOnceInOneCommitWithOneCopyOfTheBytes)
{
    ASSERT_TRUE(wait(directory.set_alias({"all@here.example", {"alice@here.example", "bob@here.example"}})));
    const auto message =
        staged({"alice@here.example", "bob@here.example", "all@here.example", "z@there.example"});
    for (const char* address : {"alice@here.example", "bob@here.example"})
        inbox(address); // opened before the count
    const auto before = engine.calls().commits;
    ASSERT_TRUE(wait(intake.accept(message)));
    EXPECT_EQ(engine.calls().commits, before + 1);
    loop.run();
    EXPECT_EQ(inbox("alice@here.example").size(), 1U);
    EXPECT_EQ(inbox("bob@here.example").size(), 1U);
    EXPECT_EQ(wait(spool.list())->size(), 1U);
    EXPECT_EQ(wait(engine.list_blobs())->size(), 2U) << "with Return-Path for local, without for remote";
    EXPECT_EQ(woken, 1);
    expect_consistent();
}

TEST_F(IntakeTest, AnAliasToTheOutsideIsQueued)
{
    ASSERT_TRUE(wait(directory.set_alias({"out@here.example", {"z@there.example"}})));
    ASSERT_TRUE(wait(intake.accept(staged({"out@here.example"}))));
    const auto queued = *wait(spool.list());
    ASSERT_EQ(queued.size(), 1U);
    EXPECT_EQ(queued[0].recipients[0].forward_path, "z@there.example");
}

TEST_F(IntakeTest, TheQueuedCopyIsTheLocalOneWithoutItsReturnPath)
{
    ASSERT_TRUE(wait(intake.accept(staged({"alice@here.example", "z@there.example"}))));
    loop.run();
    const std::string local = inbox("alice@here.example").at(0);
    const auto queued = *wait(spool.list());
    ASSERT_EQ(queued.size(), 1U);
    const std::string remote = *wait(engine.read_blob(queued[0].envelope.blob));
    ASSERT_TRUE(local.starts_with("Return-Path: <x@y.example>\r\nReceived: ")) << local;
    EXPECT_EQ(remote, local.substr(local.find("Received: ")));
}

/// The same rooms on a loop with a thread, and workers.
struct LargeMessages : testing::Test {
    storage::MemoryEngine engine;
    net::Loop loop{"intake-test"};
    net::Workers workers{1};
    base::FakeClock clock;
    directory::Directory directory{engine,
                                   clock,
                                   directory::inline_hasher(),
                                   {.argon2_passes = 1, .argon2_memory_kib = 64, .scram_iterations = 100}};
    mailbox::Accounts accounts{engine, {&loop}, clock};
    queue::Spool spool{engine, clock};
    Intake intake{{engine, directory, accounts, spool, nullptr, clock, &workers},
                  {.hostname = "mx.here.example"}};

    ~LargeMessages() override
    {
        EXPECT_TRUE(base::sync_wait(loop, accounts.flush()));
        loop.stop();
        loop.join();
    }
};

TEST_F(LargeMessages, AreWorkedOnBesideTheLoop)
{
    loop.start();
    ASSERT_TRUE(base::sync_wait(loop, directory.add_domain("here.example")));
    directory::Directory::NewAccount wanted;
    wanted.address = "alice@here.example";
    wanted.password = "x";
    ASSERT_TRUE(base::sync_wait(loop, directory.add_account(wanted)));
    ASSERT_TRUE(base::sync_wait(loop, spool.load()));
    const std::string body(large_message, 'x');
    Staged message;
    message.reverse_path = "x@y.example";
    message.content = "From: x@y.example\r\n\r\n" + body + "\r\n";
    message.recipients.emplace_back().address = "alice@here.example";
    message.recipients[0].destination = **base::sync_wait(loop, directory.locate("alice@here.example"));
    message.recipients.emplace_back().address = "z@there.example";
    message.recipients[1].remote = true;
    ASSERT_TRUE(base::sync_wait(loop, intake.accept(std::move(message))));
    const auto queued = *base::sync_wait(loop, spool.list());
    ASSERT_EQ(queued.size(), 1U);
    EXPECT_TRUE(base::sync_wait(loop, engine.read_blob(queued[0].envelope.blob))->ends_with(body + "\r\n"));
    EXPECT_EQ(base::sync_wait(loop, engine.list_blobs())->size(), 2U);
}

TEST_F(IntakeTest, AFailedCommitLeavesNothing)
{
    const auto message = staged({"alice@here.example", "z@there.example"});
    inbox("alice@here.example");
    engine.fail_commit_at(1, Fault::full);
    auto receipt = wait(intake.accept(message));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().failure.fault, Fault::full);
    loop.run();
    EXPECT_EQ(inbox("alice@here.example").size(), 0U);
    EXPECT_EQ(wait(spool.list())->size(), 0U);
    EXPECT_EQ(woken, 0);
    ASSERT_TRUE(wait(intake.accept(message)));
    loop.run();
    EXPECT_EQ(inbox("alice@here.example").size(), 1U);
    expect_consistent();
}

TEST_F(IntakeTest, AFullMailboxIsTheSendersProblemOnlyWhenNobodyElseTakesIt)
{
    ASSERT_TRUE(wait(directory.set_quota("bob@here.example", 10, 0)));
    auto alone = wait(intake.accept(staged({"bob@here.example"})));
    ASSERT_FALSE(alone);
    EXPECT_EQ(alone.error().failure.fault, Fault::over_quota);
    EXPECT_TRUE(wait(intake.accept(staged({"alice@here.example", "bob@here.example"}))));
    loop.run();
    EXPECT_EQ(inbox("alice@here.example").size(), 1U);
    const auto queued = *wait(spool.list());
    ASSERT_EQ(queued.size(), 1U) << "tried again later";
    EXPECT_EQ(queued[0].recipients[0].forward_path, "bob@here.example");
    expect_consistent();
}

TEST_F(IntakeTest, AnAccountThatIsGoneDoesNotSpeakForOneThatIsFull)
{
    Staged message = staged({"alice@here.example", "bob@here.example"});
    ASSERT_TRUE(wait(directory.remove_account("alice@here.example")));
    ASSERT_TRUE(wait(directory.set_quota("bob@here.example", 10, 0)));
    auto refused = wait(intake.accept(std::move(message)));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().failure.fault, Fault::over_quota);
}

TEST_F(IntakeTest, WhatComesWithAMessageIsCommittedWithItOrNotAtAll)
{
    Staged message = staged({"bob@here.example"});
    message.with.put("zmark", "x");
    inbox("bob@here.example"); // makes the account, in a commit of its own
    engine.fail_commit_at(1);
    ASSERT_FALSE(wait(intake.accept(message)));
    EXPECT_FALSE(*wait(engine.get("zmark")));
    ASSERT_TRUE(wait(intake.accept(message)));
    EXPECT_TRUE(*wait(engine.get("zmark")));
}

TEST_F(IntakeTest, LmtpHearsOfEachRecipient)
{
    ASSERT_TRUE(wait(directory.set_quota("bob@here.example", 10, 0)));
    Staged message = staged({"bob@here.example", "alice@here.example"});
    message.arrival.origin = Origin::lmtp;
    auto receipt = wait(intake.accept(std::move(message)));
    ASSERT_TRUE(receipt);
    ASSERT_EQ(receipt->recipients.size(), 2U);
    EXPECT_EQ(receipt->recipients[0].result.error().fault, Fault::over_quota);
    EXPECT_TRUE(receipt->recipients[1].result);
    EXPECT_EQ(wait(spool.list())->size(), 0U);
}

TEST_F(IntakeTest, ALoopIsCut)
{
    std::string content;
    for (int i = 0; i < 101; ++i)
        content += "Received: by x\r\n";
    auto receipt = wait(intake.accept(staged({"alice@here.example"}, content + "From: a@b.example\r\n\r\n")));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().refusal, Refusal::loop);
}

TEST_F(IntakeTest, SubmissionAddsWhatIsMissing)
{
    ASSERT_TRUE(wait(intake.accept(submitted({"bob@here.example"}, "Subject: bare\r\n\r\nx\r\n"))));
    loop.run();
    const std::string got = inbox("bob@here.example").at(0);
    EXPECT_NE(got.find("\r\nFrom: alice@here.example\r\n"), std::string::npos) << got;
    EXPECT_NE(got.find("\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n"), std::string::npos) << got;
    EXPECT_NE(got.find("@mx.here.example>\r\n"), std::string::npos) << got;
    EXPECT_EQ(got.find("192.0.2.7"), std::string::npos) << "the client's address is its own business";
}

TEST_F(IntakeTest, SubmissionRefusesAnotherOnesFrom)
{
    struct Row {
        std::string_view header;
        Refusal expected;
    };
    for (const Row& row :
         {Row{"From: alice@here.example", Refusal::none},
          Row{"From: Alice <Alice+x@Here.example>", Refusal::none},
          Row{"From: bob@here.example", Refusal::from_not_owned},
          Row{"From: alice@here.example, bob@here.example", Refusal::from_not_owned},
          Row{"From: alice@there.example", Refusal::from_not_owned},
          Row{"From: alice@here.example\r\nSender: bob@here.example", Refusal::from_not_owned},
          Row{"From: alice@here.example\r\nFrom: alice@here.example", Refusal::several_from}}) {
        auto receipt = wait(intake.accept(
            submitted({"bob@here.example"}, std::string(row.header) + "\r\nSubject: x\r\n\r\nx\r\n")));
        EXPECT_EQ(receipt ? Refusal::none : receipt.error().refusal, row.expected) << row.header;
    }
}

TEST_F(IntakeTest, APeersNameCantBreakTheReceivedField)
{
    Staged message = staged({"alice@here.example"});
    message.arrival.helo = "evil\r\nX-Injected: yes (";
    ASSERT_TRUE(wait(intake.accept(std::move(message))));
    loop.run();
    EXPECT_EQ(inbox("alice@here.example").at(0).find("\r\nX-Injected"), std::string::npos);
}

} // namespace
} // namespace mansio::intake
