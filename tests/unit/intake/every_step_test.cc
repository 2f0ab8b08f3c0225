// One day in the life of a store, with a failure at every step in turn: mail in, mailboxes, queue. Whatever
// fails, nothing of that step is done, what was done before is there, and the step works when it is tried
// again. The same with a crash that forgets what was not synced.
#include "intake/intake.h"
#include "storage/memory_engine.h"
#include "trace/recorder.h"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mansio::intake {
namespace {

using base::Fault;
using mailbox::UidSet;

constexpr const char* alice = "alice@here.example";
constexpr const char* bob = "bob@here.example";

/// Everything of a server that lives on one engine, until a restart makes it anew.
struct Rooms {
    explicit Rooms(storage::Engine& engine, base::ManualExecutor& loop, base::FakeClock& clock)
        : directory(engine, clock, directory::inline_hasher(),
                    {.argon2_passes = 1, .argon2_memory_kib = 64, .scram_iterations = 100})
        , accounts(engine, {&loop}, clock, {.checkpoint_after = 5})
        , spool(engine, clock)
        , recorder(engine, log, loop, clock)
        , intake({engine, directory, accounts, spool, &recorder, clock}, {.hostname = "mx.here.example"})
    {
    }
    config::LogSettings log;
    directory::Directory directory;
    mailbox::Accounts accounts;
    queue::Spool spool;
    trace::Recorder recorder;
    Intake intake;
};

struct World {
    World()
    {
        start();
        EXPECT_TRUE(wait(rooms->directory.add_domain("here.example")));
        for (const char* address : {alice, bob}) {
            directory::Directory::NewAccount wanted;
            wanted.address = address;
            wanted.password = "x";
            EXPECT_TRUE(wait(rooms->directory.add_account(wanted)));
            EXPECT_TRUE(open(address));
        }
    }

    void start()
    {
        rooms = std::make_unique<Rooms>(*engine, loop, clock);
        EXPECT_TRUE(wait(rooms->spool.load()));
    }
    /// What a process finds that starts after a crash now.
    void restart()
    {
        loop.run();
        auto durable = engine->clone_durable();
        engine->lose_unsynced();
        loop.run();
        rooms.reset();
        engine = std::move(durable);
        start();
    }

    template <class T>
    T wait(Task<T> task)
    {
        return base::sync_wait(loop, std::move(task));
    }
    /// One step, and what it set going: a delivery is published on the account's loop.
    bool run(Task<bool> (*step)(Rooms&))
    {
        const bool done = wait(step(*rooms));
        loop.run();
        return done;
    }
    std::shared_ptr<mailbox::Account> open(const std::string& address)
    {
        auto found = wait(rooms->directory.find_account(address));
        auto opened = wait(rooms->accounts.open((**found).id));
        return opened ? *opened : nullptr;
    }

    std::unique_ptr<storage::MemoryEngine> engine = std::make_unique<storage::MemoryEngine>();
    base::ManualExecutor loop;
    base::FakeClock clock;
    std::unique_ptr<Rooms> rooms;
};

// The steps. Each is one change; true when it was done.

Task<Outcome<mailbox::MailboxId>> id_of(mailbox::Account& account, std::string name)
{
    auto names = co_await account.list();
    if (!names)
        co_return std::unexpected(names.error());
    const auto* info = (*names)->find(name);
    if (info == nullptr)
        co_return base::fail(Fault::not_found, name);
    co_return info->id;
}

Task<std::shared_ptr<mailbox::Account>> account_of(Rooms& rooms, std::string address)
{
    auto found = co_await rooms.directory.find_account(address);
    if (!found || !*found)
        co_return nullptr;
    auto opened = co_await rooms.accounts.open((**found).id);
    co_return opened ? *opened : nullptr;
}

Task<bool> deliver(Rooms& rooms, std::vector<std::string> to, std::string subject)
{
    Staged message;
    message.arrival.helo = "client.example";
    message.arrival.protocol = "ESMTP";
    message.reverse_path = "x@y.example";
    message.content = "From: x@y.example\r\nSubject: " + subject + "\r\n\r\nHello\r\n";
    for (std::string& address : to) {
        Recipient recipient;
        auto place = co_await rooms.directory.locate(address);
        if (!place)
            co_return false;
        recipient.remote = !*place;
        if (*place)
            recipient.destination = std::move(**place);
        recipient.address = std::move(address);
        message.recipients.push_back(std::move(recipient));
    }
    auto receipt = co_await rooms.intake.accept(std::move(message));
    co_return receipt.has_value();
}

Task<bool> append(Rooms& rooms, std::string name, std::string subject)
{
    auto account = co_await account_of(rooms, alice);
    if (!account)
        co_return false;
    auto id = co_await id_of(*account, name);
    if (!id)
        co_return false;
    mailbox::NewMessage message;
    message.content = std::make_shared<const std::string>("Subject: " + subject + "\r\n\r\nHello\r\n");
    message.flags = {mailbox::flagged, {"$kept"}};
    std::vector<mailbox::NewMessage> messages;
    messages.push_back(std::move(message));
    auto done = co_await account->append(*id, std::move(messages), {});
    co_return done.has_value();
}

Task<bool> flag_first(Rooms& rooms, std::string name, mailbox::FlagNames flags)
{
    auto account = co_await account_of(rooms, alice);
    if (!account)
        co_return false;
    auto id = co_await id_of(*account, name);
    if (!id)
        co_return false;
    auto view = co_await account->view(*id);
    if (!view || (*view)->empty())
        co_return false;
    UidSet first;
    first.add((*view)->at(0).uid);
    auto done =
        co_await account->store_flags(*id, std::move(first), {mailbox::FlagMode::add, std::move(flags), {}});
    co_return done.has_value();
}

enum class Transfer { copy, move };

Task<bool> transfer_all(Rooms& rooms, Transfer how, std::string from, std::string to)
{
    auto account = co_await account_of(rooms, alice);
    if (!account)
        co_return false;
    auto source = co_await id_of(*account, from);
    auto target = co_await id_of(*account, to);
    if (!source || !target)
        co_return false;
    const UidSet all({{1, UINT32_MAX}});
    auto transfer =
        how == Transfer::copy ? account->copy(*source, all, *target) : account->move(*source, all, *target);
    auto done = co_await std::move(transfer);
    co_return done.has_value();
}

Task<bool> expunge(Rooms& rooms, std::string name)
{
    auto account = co_await account_of(rooms, alice);
    if (!account)
        co_return false;
    auto id = co_await id_of(*account, name);
    if (!id)
        co_return false;
    auto done = co_await account->expunge(*id, std::nullopt);
    co_return done.has_value();
}

Task<bool> create(Rooms& rooms, std::string name)
{
    auto account = co_await account_of(rooms, alice);
    if (!account)
        co_return false;
    auto done = co_await account->create(name);
    co_return done.has_value();
}

Task<bool> rename(Rooms& rooms, std::string from, std::string to)
{
    auto account = co_await account_of(rooms, alice);
    if (!account)
        co_return false;
    auto done = co_await account->rename(from, to);
    co_return done.has_value();
}

Task<bool> remove(Rooms& rooms, std::string name)
{
    auto account = co_await account_of(rooms, alice);
    if (!account)
        co_return false;
    auto done = co_await account->remove(name);
    co_return done.has_value();
}

Task<bool> subscribe(Rooms& rooms, std::string name)
{
    auto account = co_await account_of(rooms, alice);
    if (!account)
        co_return false;
    auto done = co_await account->subscribe(name, true);
    co_return done.has_value();
}

/// One attempt for the oldest message of the queue, with this end; an attempt that can't be recorded is not
/// made.
Task<bool> end_attempt(Rooms& rooms, queue::Result::Kind end)
{
    auto listed = co_await rooms.spool.list(1);
    if (!listed || listed->empty())
        co_return false;
    const queue::QueuedMessage& message = listed->front();
    auto recorded = co_await rooms.spool.record(message.id, message.recipients.front().index, {.kind = end});
    co_return recorded.has_value();
}

using Step = Task<bool> (*)(Rooms&);
constexpr Step steps[] = {
    [](Rooms& rooms) { return deliver(rooms, {alice, bob, "z@there.example"}, "one"); },
    [](Rooms& rooms) { return append(rooms, "Archive", "two"); },
    [](Rooms& rooms) { return flag_first(rooms, "INBOX", {mailbox::seen, {"$a"}}); },
    [](Rooms& rooms) { return transfer_all(rooms, Transfer::copy, "INBOX", "Archive"); },
    [](Rooms& rooms) { return create(rooms, "work/deep"); },
    [](Rooms& rooms) { return transfer_all(rooms, Transfer::move, "Archive", "work/deep"); },
    [](Rooms& rooms) { return end_attempt(rooms, queue::Result::Kind::deferred); },
    [](Rooms& rooms) { return rename(rooms, "work", "jobs"); },
    [](Rooms& rooms) { return subscribe(rooms, "jobs/deep"); },
    [](Rooms& rooms) { return deliver(rooms, {alice, "y@there.example"}, "three"); },
    [](Rooms& rooms) { return end_attempt(rooms, queue::Result::Kind::delivered); },
    [](Rooms& rooms) { return rename(rooms, "INBOX", "old"); },
    [](Rooms& rooms) { return flag_first(rooms, "jobs/deep", {mailbox::deleted, {}}); },
    [](Rooms& rooms) { return expunge(rooms, "jobs/deep"); },
    [](Rooms& rooms) { return deliver(rooms, {alice}, "four"); },
    [](Rooms& rooms) { return remove(rooms, "jobs/deep"); },
    [](Rooms& rooms) { return end_attempt(rooms, queue::Result::Kind::failed); },
};

// What there is, as text: without UIDs and mod-sequences, which failures may skip.

std::string describe(World& world, const std::string& address)
{
    auto account = world.open(address);
    const auto names = *world.wait(account->list());
    std::string text = address + "\n";
    for (const mailbox::MailboxInfo& info : names->mailboxes) {
        const auto view = *world.wait(account->view(info.id));
        text += fmt::format(" {} ({})\n", info.name, info.uid_validity != 0 ? "has a UIDVALIDITY" : "none");
        for (std::size_t i = 0; i < view->size(); ++i) {
            const mailbox::Message& message = view->at(i);
            text += fmt::format("  {} {} {}\n", message.blob.hex(), message.size,
                                fmt::join(view->flag_names(message), ","));
        }
    }
    const auto usage = *world.wait(account->usage());
    return text + fmt::format(" subscribed {}\n {} bytes {} messages\n", fmt::join(names->subscriptions, ","),
                              usage.bytes, usage.messages);
}

std::string describe(World& world)
{
    std::string text = describe(world, alice) + describe(world, bob);
    for (const auto& message : *world.wait(world.rooms->spool.list()))
        for (const auto& recipient : message.recipients)
            text += fmt::format("queue {} {} {} {}\n", message.envelope.message_id, recipient.forward_path,
                                queue::name(recipient.state), static_cast<int>(recipient.owed));
    return text;
}

void expect_consistent(World& world)
{
    for (const char* address : {alice, bob}) {
        const auto id = world.open(address)->id();
        for (const auto& finding : *world.wait(mailbox::check_consistency(*world.engine, id)))
            ADD_FAILURE() << finding.what;
    }
    for (const std::string& problem : world.wait(world.rooms->spool.check_consistency())->problems)
        ADD_FAILURE() << problem;
}

/// Blobs carry Received fields, whose ids differ from run to run: only their number can be compared across
/// runs.
std::string without_blobs(std::string text)
{
    for (std::size_t at = 0; (at = text.find("\n  ", at)) != std::string::npos; at += 3)
        text.erase(at + 3, 32);
    return text;
}

/// How often one untroubled day calls the engine, and how it ends.
struct Untroubled {
    std::size_t commits = 0;
    std::size_t reads = 0;
    std::string end;
};

Untroubled live_untroubled()
{
    World world;
    const auto before = world.engine->calls();
    for (const Step step : steps)
        EXPECT_TRUE(world.run(step));
    const auto after = world.engine->calls();
    expect_consistent(world);
    const auto reads = [](const storage::MemoryEngine::Calls& calls) {
        return calls.gets + calls.counters + calls.scans + calls.blob_sizes + calls.blob_reads;
    };
    return {after.commits - before.commits, reads(after) - reads(before), without_blobs(describe(world))};
}

TEST(EveryStep, AFailedCommitUndoesItsStepAlone)
{
    const Untroubled plain = live_untroubled();
    ASSERT_GE(plain.commits, std::size(steps));
    for (std::size_t failing = 1; failing <= plain.commits; ++failing) {
        SCOPED_TRACE(failing);
        World world;
        world.engine->fail_commit_at(failing, failing % 2 == 0 ? Fault::full : Fault::temporary);
        std::size_t failed = 0;
        for (const Step step : steps) {
            const std::string before = describe(world);
            if (world.run(step))
                continue;
            ++failed;
            ASSERT_EQ(describe(world), before) << "in memory";
            world.restart();
            ASSERT_EQ(describe(world), before) << "after a restart";
            ASSERT_TRUE(world.run(step)) << "it must work now";
        }
        world.engine->fail_commit_at(0);
        EXPECT_LE(failed, 1U); // a checkpoint's commit concerns no step
        expect_consistent(world);
        EXPECT_EQ(without_blobs(describe(world)), plain.end);
    }
}

TEST(EveryStep, AFailedReadLeavesMemoryAndStoreAgreed)
{
    const Untroubled plain = live_untroubled();
    ASSERT_GE(plain.reads, std::size(steps));
    for (std::size_t failing = 1; failing <= plain.reads; ++failing) {
        SCOPED_TRACE(failing);
        World world;
        world.engine->fail_get_at(failing);
        for (const Step step : steps) {
            if (world.run(step))
                continue;
            world.engine->fail_get_at(0);
            const std::string now = describe(world);
            world.restart();
            ASSERT_EQ(describe(world), now);
            world.run(step); // it may have been done: the read behind the commit failed
        }
        world.engine->fail_get_at(0);
        expect_consistent(world);
    }
}

Task<void> try_step(Rooms& rooms, Step step, std::optional<bool>& done)
{
    const bool result = co_await step(rooms);
    done = result;
}

TEST(EveryStep, ACrashBeforeTheSyncForgetsTheStepAndNothingElse)
{
    const Untroubled plain = live_untroubled();
    for (std::size_t crashing = 0; crashing < std::size(steps); ++crashing) {
        SCOPED_TRACE(crashing);
        World world;
        for (std::size_t i = 0; i < std::size(steps); ++i) {
            if (i == crashing) {
                const std::string before = describe(world);
                std::optional<bool> done;
                world.engine->hold_syncs(true);
                base::spawn(world.loop, try_step(*world.rooms, steps[i], done), "step");
                world.loop.run();
                ASSERT_FALSE(done) << "answered before it was durable";
                world.restart();
                ASSERT_EQ(done, false);
                ASSERT_EQ(describe(world), before);
            }
            ASSERT_TRUE(world.run(steps[i]));
        }
        expect_consistent(world);
        EXPECT_EQ(without_blobs(describe(world)), plain.end);
    }
}

} // namespace
} // namespace mansio::intake
