#include "directory/records.h"
#include "storage/memory_engine.h"

#include <gtest/gtest.h>

namespace mansio::directory::test {

namespace {

struct Fixture {
    base::ManualExecutor executor;
    storage::MemoryEngine engine;
    Records records{engine};

    std::optional<std::string> get(std::string key)
    {
        auto got = base::sync_wait(executor, records.get(std::move(key)));
        return got.value();
    }
    void put(std::string key, std::string value)
    {
        storage::Batch batch;
        batch.put(std::move(key), std::move(value));
        ASSERT_TRUE(base::sync_wait(executor, records.commit(std::move(batch))));
    }
};

} // namespace

TEST(Records, AreReadOnceUntilSomethingChanges)
{
    Fixture fixture;
    fixture.put("dx", "1");
    EXPECT_EQ(fixture.get("dx"), "1");
    EXPECT_EQ(fixture.get("dx"), "1");
    EXPECT_EQ(fixture.engine.calls().gets, 1u);
    fixture.put("dx", "2");
    EXPECT_EQ(fixture.get("dx"), "2");
    EXPECT_EQ(fixture.engine.calls().gets, 2u);
}

TEST(Records, AreNotRememberedWhenAbsent)
{
    Fixture fixture;
    EXPECT_EQ(fixture.get("dx"), std::nullopt);
    EXPECT_EQ(fixture.get("dx"), std::nullopt);
    EXPECT_EQ(fixture.engine.calls().gets, 2u);
}

TEST(Records, ForgetWhatWasReadBesideAChange)
{
    Fixture fixture;
    fixture.put("dx", "1");
    EXPECT_EQ(fixture.get("dx"), "1");
    fixture.engine.fail_commit_at(1);
    storage::Batch batch;
    batch.put("dx", "2");
    EXPECT_FALSE(base::sync_wait(fixture.executor, fixture.records.commit(std::move(batch))));
    EXPECT_EQ(fixture.get("dx"), "1");
    EXPECT_EQ(fixture.engine.calls().gets, 2u) << "a commit that failed may have happened: ask the store";
}

} // namespace mansio::directory::test
