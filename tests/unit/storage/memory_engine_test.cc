#include "storage/memory_engine.h"

#include <gtest/gtest.h>

namespace mansio::storage {
namespace {

using base::Fault;

class MemoryKnobs : public testing::Test {
protected:
    Outcome<std::uint64_t> put(const std::string& key, const std::string& value)
    {
        Batch batch;
        batch.put(key, value);
        return base::sync_wait(loop, engine.commit(std::move(batch)));
    }
    std::optional<std::string> held(Engine& where, const std::string& key)
    {
        auto value = base::sync_wait(loop, where.get(key));
        return value ? *value : "failed";
    }

    base::ManualExecutor loop;
    MemoryEngine engine;
};

base::Task<void> commit_into(Engine& engine, Batch batch, std::optional<Outcome<std::uint64_t>>& result)
{
    auto done = co_await engine.commit(std::move(batch));
    result = std::move(done);
}

TEST_F(MemoryKnobs, HeldCommitsWaitUnseenUntilReleased)
{
    engine.hold_syncs(true);
    std::optional<Outcome<std::uint64_t>> first, second;
    Batch one, two;
    one.put("a", "1");
    two.put("a", "2");
    base::spawn(loop, commit_into(engine, std::move(one), first), "test");
    base::spawn(loop, commit_into(engine, std::move(two), second), "test");
    loop.run();
    EXPECT_FALSE(first);
    EXPECT_EQ(engine.waiting(), 2U);
    EXPECT_EQ(held(engine, "a"), std::nullopt);
    engine.release_syncs();
    loop.run();
    ASSERT_TRUE(first && second && *first && *second);
    EXPECT_LT(**first, **second);
    EXPECT_EQ(held(engine, "a"), "2");
    EXPECT_EQ(engine.statistics().syncs, 1U);
    EXPECT_EQ(engine.statistics().commits, 2U);
}

TEST_F(MemoryKnobs, ACrashLosesWhatWaitedAndARestartFindsTheRest)
{
    ASSERT_TRUE(put("a", "1"));
    engine.hold_syncs(true);
    std::optional<Outcome<std::uint64_t>> result;
    Batch batch;
    batch.put("b", "2");
    base::spawn(loop, commit_into(engine, std::move(batch), result), "test");
    loop.run();
    auto restarted = engine.clone_durable();
    engine.lose_unsynced();
    loop.run();
    ASSERT_TRUE(result && !*result);
    EXPECT_EQ(result->error().fault, Fault::closed);
    EXPECT_EQ(held(*restarted, "a"), "1");
    EXPECT_EQ(held(*restarted, "b"), std::nullopt);
}

TEST_F(MemoryKnobs, FailsTheNthCommitAndOnlyThat)
{
    engine.fail_commit_at(2, Fault::full);
    EXPECT_TRUE(put("a", "1"));
    auto failed = put("a", "2");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().fault, Fault::full);
    EXPECT_EQ(held(engine, "a"), "1");
    EXPECT_TRUE(put("a", "3"));
    EXPECT_EQ(engine.statistics().failed, 1U);
}

TEST_F(MemoryKnobs, FailsTheNthRead)
{
    ASSERT_TRUE(put("a", "1"));
    engine.fail_get_at(2, Fault::corrupt);
    EXPECT_EQ(held(engine, "a"), "1");
    auto page = base::sync_wait(loop, engine.scan(Range::prefix("a")));
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().fault, Fault::corrupt);
    EXPECT_EQ(held(engine, "a"), "1");
    EXPECT_EQ(engine.calls().gets, 2U);
    EXPECT_EQ(engine.calls().scans, 1U);
}

TEST_F(MemoryKnobs, IsFullBeyondItsCapacityAndDeletesStillWork)
{
    engine.set_capacity(100);
    ASSERT_TRUE(put("a", std::string(80, 'x')));
    auto content = std::make_shared<const std::string>(50, 'y');
    Batch batch;
    batch.put("a", "small");
    batch.put("b", "small");
    batch.put_blob(BlobId::of(*content), content);
    batch.put("c", std::string(60, 'z'));
    auto full = base::sync_wait(loop, engine.commit(std::move(batch)));
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().fault, Fault::full);
    EXPECT_EQ(held(engine, "a"), std::string(80, 'x'));
    EXPECT_EQ(held(engine, "b"), std::nullopt);
    EXPECT_TRUE(base::sync_wait(loop, engine.list_blobs())->empty());
    EXPECT_EQ(engine.used(), 81U);
    Batch erase;
    erase.erase("a");
    EXPECT_TRUE(base::sync_wait(loop, engine.commit(std::move(erase))));
    EXPECT_TRUE(put("b", std::string(60, 'x')));
}

} // namespace
} // namespace mansio::storage
