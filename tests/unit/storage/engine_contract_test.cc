#include "base/bytes.h"
#include "storage/memory_engine.h"
#include "storage/rocksdb_engine.h"
#include "store_kit.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace mansio::storage {
namespace {

using base::Fault;

enum class Kind { memory, rocksdb };

/// What every engine promises: the same tests on each.
class EngineContract : public testing::TestWithParam<Kind> {
protected:
    void SetUp() override
    {
        if (GetParam() == Kind::memory) {
            engine = std::make_unique<MemoryEngine>();
            return;
        }
        auto opened = open_rocksdb({.path = folder.path(), .create = Create::if_missing});
        ASSERT_TRUE(opened) << opened.error().cause;
        engine = std::move(*opened);
    }
    template <class T>
    T run(base::Task<T> task)
    {
        return base::sync_wait(loop, std::move(task));
    }
    /// "" when it went well, else the fault's name.
    std::string commit(Batch batch)
    {
        auto done = run(engine->commit(std::move(batch)));
        return done ? "" : std::string(base::name(done.error().fault));
    }
    std::string put(const std::string& key, const std::string& value)
    {
        Batch batch;
        batch.put(key, value);
        return commit(std::move(batch));
    }
    std::optional<std::string> get(const std::string& key)
    {
        auto value = run(engine->get(key));
        return value ? *value : "failed: " + value.error().cause;
    }
    std::string keys(Range range)
    {
        auto items = run(scan_all(*engine, std::move(range)));
        std::string all;
        for (const Item& item : items.value())
            all += (all.empty() ? "" : " ") + item.key;
        return all;
    }
    std::string put_blob(const std::string& content)
    {
        Batch batch;
        batch.put_blob(BlobId::of(content), make_content(content));
        return commit(std::move(batch));
    }
    std::string ref_blob(BlobId id, std::int64_t delta)
    {
        Batch batch;
        batch.ref_blob(id, delta);
        return commit(std::move(batch));
    }
    std::size_t collect() { return run(engine->collect_blobs(1000)).value(); }

    TempFolder folder;
    LoopThread loop;
    std::unique_ptr<Engine> engine;
};

INSTANTIATE_TEST_SUITE_P(Engines, EngineContract, testing::Values(Kind::memory, Kind::rocksdb),
                         [](const auto& row) { return row.param == Kind::memory ? "memory" : "rocksdb"; });

TEST_P(EngineContract, ReadsWhatWasPut)
{
    EXPECT_EQ(get("a"), std::nullopt);
    EXPECT_EQ(put("a", "1"), "");
    EXPECT_EQ(put("empty", ""), "");
    EXPECT_EQ(put("bytes", std::string("\0\xff\x01", 3)), "");
    EXPECT_EQ(get("a"), "1");
    EXPECT_EQ(get("empty"), "");
    EXPECT_EQ(get("bytes"), std::string("\0\xff\x01", 3));
    EXPECT_EQ(put("a", "2"), "");
    EXPECT_EQ(get("a"), "2");
}

TEST_P(EngineContract, AppliesOperationsInTheOrderTheyWereAdded)
{
    Batch batch;
    batch.put("a", "1");
    batch.erase("a");
    batch.put("b", "1");
    batch.put("b", "2");
    batch.put("c1", "");
    batch.erase_range("c", "d");
    batch.put("c2", "");
    EXPECT_EQ(commit(std::move(batch)), "");
    EXPECT_EQ(get("a"), std::nullopt);
    EXPECT_EQ(get("b"), "2");
    EXPECT_EQ(keys(Range::prefix("c")), "c2");
}

TEST_P(EngineContract, AppendedBatchesApplyAsOne)
{
    Batch first, second;
    first.put("a", "1");
    first.expect("b", std::nullopt);
    second.put("a", "2");
    second.expect("c", "no");
    const std::size_t size = first.size() + second.size();
    first.append(std::move(second));
    EXPECT_EQ(first.size(), size);
    EXPECT_EQ(first.operations().size(), 2U);
    EXPECT_EQ(commit(std::move(first)), "conflict");
    EXPECT_EQ(get("a"), std::nullopt);
}

TEST_P(EngineContract, AppendedBatchesAreDurableSoonOnlyIfBothAre)
{
    Batch soon;
    soon.set_durable(Durable::soon);
    Batch more = soon;
    soon.append(std::move(more));
    EXPECT_EQ(soon.durable(), Durable::soon);
    Batch now;
    now.append(Batch(soon));
    EXPECT_EQ(now.durable(), Durable::now);
    soon.append(std::move(now));
    EXPECT_EQ(soon.durable(), Durable::now);
}

TEST_P(EngineContract, ABatchThatIsDurableSoonIsSeenAtOnce)
{
    Batch batch;
    batch.put("a", "1");
    batch.set_durable(Durable::soon);
    EXPECT_TRUE(run(engine->commit(std::move(batch))));
    EXPECT_EQ(run(engine->get("a")).value(), "1");
}

TEST_P(EngineContract, VersionsGrow)
{
    std::uint64_t last = 0;
    for (int i = 0; i < 5; ++i) {
        Batch batch;
        batch.put("a", "1");
        if (i % 2)
            batch.add("n", 1);
        auto version = run(engine->commit(std::move(batch)));
        ASSERT_TRUE(version);
        EXPECT_GT(*version, last);
        last = *version;
    }
}

TEST_P(EngineContract, AnEmptyBatchIsFine)
{
    EXPECT_EQ(commit(Batch()), "");
    Batch batch;
    batch.expect("a", std::nullopt);
    EXPECT_EQ(commit(std::move(batch)), "");
}

TEST_P(EngineContract, ScansInByteOrderBetweenItsEnds)
{
    for (const char* key : {"m2", "m1", "m", "mz", "n", "l\xff", "m\xff", "m\xff\xff", "m\xffz"})
        EXPECT_EQ(put(key, "v"), "");
    EXPECT_EQ(keys({"m1", "mz"}), "m1 m2");
    EXPECT_EQ(keys({"m", "n"}), "m m1 m2 mz m\xff m\xffz m\xff\xff");
    EXPECT_EQ(keys(Range::prefix("m")), "m m1 m2 mz m\xff m\xffz m\xff\xff");
    EXPECT_EQ(keys(Range::prefix("m\xff")), "m\xff m\xffz m\xff\xff");
    EXPECT_EQ(keys({"mz", "m"}), "");
    EXPECT_EQ(keys({"n", ""}), "n");
}

TEST_P(EngineContract, PrefixesOfOnly0xffHaveNoEnd)
{
    EXPECT_EQ(Range::prefix("\xff\xff").end, "");
    EXPECT_EQ(Range::prefix("a\xff").end, "b");
    EXPECT_EQ(Range::prefix("").end, "");
    for (const char* key : {"a", "\xff", "\xff\xff", "\xff\xff\xff"})
        EXPECT_EQ(put(key, "v"), "");
    EXPECT_EQ(keys(Range::prefix("\xff\xff")), "\xff\xff \xff\xff\xff");
    EXPECT_EQ(keys(Range::prefix("")), "a \xff \xff\xff \xff\xff\xff");
    Batch batch;
    auto range = Range::prefix("\xff\xff");
    batch.erase_range(range.first, range.end);
    EXPECT_EQ(commit(std::move(batch)), "");
    EXPECT_EQ(keys(Range::prefix("")), "a \xff");
}

TEST_P(EngineContract, EraseRangeTakesTheFirstAndLeavesTheEnd)
{
    for (const char* key : {"a", "b", "b1", "c"})
        EXPECT_EQ(put(key, "v"), "");
    Batch batch;
    batch.erase_range("b", "c");
    batch.erase_range("c", "a"); // the wrong way round: nothing
    EXPECT_EQ(commit(std::move(batch)), "");
    EXPECT_EQ(keys(Range::prefix("")), "a c");
}

TEST_P(EngineContract, PagesEndAtTheLimitAndSayWhatIsNext)
{
    for (const char* key : {"a1", "a2", "a3", "a4"})
        EXPECT_EQ(put(key, "v"), "");
    auto page = run(engine->scan(Range::prefix("a"), 3));
    ASSERT_TRUE(page);
    EXPECT_EQ(page->items.size(), 3U);
    EXPECT_EQ(page->next, "a4");
    page = run(engine->scan({page->next, "b"}, 3));
    EXPECT_EQ(page->items.size(), 1U);
    EXPECT_EQ(page->next, "");
    EXPECT_EQ(run(engine->scan(Range::prefix("a"), 4))->next, "");
}

TEST_P(EngineContract, PagesEndAtAboutOneMegabyte)
{
    const std::string value = noise(300'000);
    for (const char* key : {"a1", "a2", "a3", "a4", "a5", "a6"})
        EXPECT_EQ(put(key, value), "");
    auto page = run(engine->scan(Range::prefix("a"), 1000));
    ASSERT_TRUE(page);
    EXPECT_EQ(page->items.size(), 4U);
    EXPECT_EQ(page->next, "a5");
    EXPECT_EQ(run(scan_all(*engine, Range::prefix("a")))->size(), 6U);
}

TEST_P(EngineContract, RefusesABatchWhoseExpectationFails)
{
    EXPECT_EQ(put("a", "1"), "");
    struct Row {
        const char* key;
        std::optional<std::string> expected;
        const char* result;
    };
    const Row rows[] = {
        {"a", "1", ""},          {"a", "2", "conflict"},          {"a", "", "conflict"},
        {"b", std::nullopt, ""}, {"a", std::nullopt, "conflict"}, {"b", "1", "conflict"},
    };
    int number = 0;
    for (const Row& row : rows) {
        Batch batch;
        const std::string key = "x" + std::to_string(++number);
        batch.put(key, "v");
        batch.expect(row.key, row.expected);
        EXPECT_EQ(commit(std::move(batch)), row.result) << row.key;
        EXPECT_EQ(get(key).has_value(), std::string(row.result).empty()) << row.key;
    }
}

TEST_P(EngineContract, ExpectationsSeeCounters)
{
    Batch batch;
    batch.add("n", -1);
    EXPECT_EQ(commit(std::move(batch)), "");
    Batch next;
    next.expect("n", std::string(8, '\xff'));
    next.put("a", "1");
    EXPECT_EQ(commit(std::move(next)), "");
}

TEST_P(EngineContract, RaiseKeepsTheHighestInAnyOrder)
{
    std::vector<std::uint64_t> values{1, 7, UINT64_MAX, 3, UINT64_MAX - 1};
    std::mt19937 random(4);
    for (int round = 0; round < 5; ++round) {
        std::shuffle(values.begin(), values.end(), random);
        const std::string key = "n" + std::to_string(round);
        for (std::uint64_t value : values) {
            Batch batch;
            batch.raise(key, value);
            EXPECT_EQ(commit(std::move(batch)), "");
        }
        EXPECT_EQ(run(engine->counter(key)).value(), UINT64_MAX);
    }
}

TEST_P(EngineContract, AddSumsInAnyOrderAndReadsAsZeroBelowZero)
{
    EXPECT_EQ(run(engine->counter("n")).value(), 0U);
    for (const std::int64_t delta : {-5, 3, -1}) {
        Batch batch;
        batch.add("n", delta);
        EXPECT_EQ(commit(std::move(batch)), "");
    }
    EXPECT_EQ(run(engine->counter("n")).value(), 0U);
    EXPECT_EQ(get("n"), std::string("\xff\xff\xff\xff\xff\xff\xff\xfd", 8));
    Batch batch;
    batch.add("n", 10);
    batch.add("n", 1);
    EXPECT_EQ(commit(std::move(batch)), "");
    EXPECT_EQ(run(engine->counter("n")).value(), 8U);
    auto page = run(engine->scan(Range::prefix("n")));
    ASSERT_EQ(page->items.size(), 1U);
    EXPECT_EQ(page->items[0].value, std::string("\0\0\0\0\0\0\0\x08", 8));
}

TEST_P(EngineContract, AnErasedCounterStartsAgain)
{
    Batch batch;
    batch.add("n", 5);
    batch.raise("m", 5);
    batch.erase("n");
    batch.erase_range("m", "n");
    batch.add("n", 2);
    batch.raise("m", 1);
    EXPECT_EQ(commit(std::move(batch)), "");
    EXPECT_EQ(run(engine->counter("n")).value(), 2U);
    EXPECT_EQ(run(engine->counter("m")).value(), 1U);
}

TEST_P(EngineContract, AMixOfCountersAndValuesOnOneKeyHarmsNothing)
{
    Batch batch;
    batch.put("k", "text");
    EXPECT_EQ(commit(std::move(batch)), "");
    EXPECT_EQ(run(engine->counter("k")).error().fault, Fault::invalid);
    Batch mixed;
    mixed.add("k", -2);
    mixed.raise("k", 7);
    mixed.add("k", 1);
    EXPECT_EQ(commit(std::move(mixed)), "");
    EXPECT_EQ(run(engine->counter("k")).value(), 8U);
}

TEST_P(EngineContract, RefusesBrokenBatchesWhole)
{
    struct Row {
        std::string key, value, result;
    };
    const Row rows[] = {
        {"", "v", "invalid"},
        {"!schema", "v", "invalid"},
        {std::string(1, '\0'), "v", "invalid"},
        {"k" + std::string(1023, 'x'), "v", ""},
        {"k" + std::string(1024, 'x'), "v", "too-large"},
        {"k", std::string((16 << 20) + 1, 'x'), "too-large"},
    };
    for (const Row& row : rows) {
        Batch batch;
        batch.put("before", "v");
        batch.put(row.key, row.value);
        EXPECT_EQ(commit(std::move(batch)), row.result) << row.key;
        EXPECT_EQ(get("before").has_value(), row.result.empty());
        Batch erase;
        erase.erase("before");
        EXPECT_EQ(commit(std::move(erase)), "");
    }
}

TEST_P(EngineContract, KeepsBlobsOfAnySize)
{
    const std::size_t sizes[] = {0, 1, 2047, 65536, 262144, 262145, (1 << 20) + 3};
    for (std::size_t size : sizes) {
        const std::string content = noise(size, size);
        const BlobId id = BlobId::of(content);
        ASSERT_EQ(put_blob(content), "");
        EXPECT_EQ(run(engine->blob_size(id)).value(), size);
        EXPECT_EQ(run(engine->read_blob(id)).value(), content);
    }
    EXPECT_EQ(run(engine->list_blobs())->size(), std::size(sizes));
}

TEST_P(EngineContract, ReadsAnyPartOfABlob)
{
    const std::string content = noise(700'000);
    const BlobId id = BlobId::of(content);
    ASSERT_EQ(put_blob(content), "");
    struct Row {
        std::uint64_t offset, length, got;
    };
    const Row rows[] = {
        {0, 0, 0},
        {0, 1, 1},
        {262143, 2, 2},
        {262144, 262144, 262144},
        {699999, 10, 1},
        {700000, 1, 0},
        {700001, UINT64_MAX, 0},
        {1, UINT64_MAX, 699999},
        {UINT64_MAX, 5, 0},
        {100, 600000, 600000},
    };
    for (const Row& row : rows) {
        auto part = run(engine->read_blob(id, row.offset, row.length));
        ASSERT_TRUE(part);
        const std::size_t from = std::min<std::uint64_t>(row.offset, content.size());
        EXPECT_TRUE(*part == content.substr(from, row.got)) << row.offset << " " << row.length;
    }
}

TEST_P(EngineContract, ABlobThatIsNotThereIsNotFound)
{
    const BlobId id = BlobId::of("nothing");
    EXPECT_EQ(run(engine->blob_size(id)).error().fault, Fault::not_found);
    EXPECT_EQ(run(engine->read_blob(id)).error().fault, Fault::not_found);
    EXPECT_EQ(ref_blob(id, 1), "not-found");
    EXPECT_EQ(ref_blob(id, -1), "");
    EXPECT_EQ(collect(), 0U);
    ASSERT_EQ(put_blob("nothing"), ""); // the reference dropped before does not count
    EXPECT_EQ(run(engine->list_blobs())->at(0).references, 1);
    EXPECT_EQ(collect(), 0U);
}

TEST_P(EngineContract, ARefusedReferenceRefusesTheWholeBatch)
{
    Batch batch;
    batch.put("a", "1");
    batch.ref_blob(BlobId::of("nothing"), 2);
    EXPECT_EQ(commit(std::move(batch)), "not-found");
    EXPECT_EQ(get("a"), std::nullopt);
}

TEST_P(EngineContract, ReferencesMayStandBeforeTheContentInABatch)
{
    const BlobId id = BlobId::of("content");
    Batch batch;
    batch.ref_blob(id, 2);
    batch.put_blob(id, make_content("content"));
    EXPECT_EQ(commit(std::move(batch)), "");
    auto rows = run(engine->list_blobs());
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->at(0).references, 3);
    EXPECT_EQ(rows->at(0).size, 7U);
    EXPECT_EQ(rows->at(0).id, id);
}

TEST_P(EngineContract, StoresTheSameContentOnceAndCountsReferences)
{
    const BlobId id = BlobId::of("content");
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(put_blob("content"), "");
    auto rows = run(engine->list_blobs());
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->at(0).references, 3);
    EXPECT_EQ(ref_blob(id, -2), "");
    EXPECT_EQ(collect(), 0U);
    EXPECT_EQ(run(engine->read_blob(id)).value(), "content");
}

TEST_P(EngineContract, ReclaimsBlobsWithoutReferencesAndTakesThemAgain)
{
    const std::string big = noise(700'000);
    const BlobId id = BlobId::of(big);
    for (int round = 0; round < 2; ++round) {
        ASSERT_EQ(put_blob(big), "");
        ASSERT_EQ(put_blob("stays"), "");
        EXPECT_EQ(ref_blob(id, -1), "");
        EXPECT_EQ(run(engine->read_blob(id)).value(), big); // until it is reclaimed
        EXPECT_EQ(collect(), 1U);
        EXPECT_EQ(collect(), 0U);
        EXPECT_EQ(run(engine->read_blob(id)).error().fault, Fault::not_found);
        EXPECT_EQ(ref_blob(id, 1), "not-found");
        EXPECT_EQ(run(engine->list_blobs())->size(), 1U);
    }
    EXPECT_EQ(engine->statistics().blobs_reclaimed, 2U);
}

TEST_P(EngineContract, ABlobPutAgainBeforeCollectionStays)
{
    ASSERT_EQ(put_blob("content"), "");
    EXPECT_EQ(ref_blob(BlobId::of("content"), -1), "");
    ASSERT_EQ(put_blob("content"), "");
    EXPECT_EQ(collect(), 0U);
    EXPECT_EQ(run(engine->read_blob(BlobId::of("content"))).value(), "content");
    EXPECT_EQ(ref_blob(BlobId::of("content"), -1), "");
    EXPECT_EQ(collect(), 1U);
}

TEST_P(EngineContract, CollectsAtMostItsLimit)
{
    for (int i = 0; i < 150; ++i) {
        const std::string content = "blob " + std::to_string(i);
        Batch batch;
        batch.put_blob(BlobId::of(content), make_content(content));
        batch.ref_blob(BlobId::of(content), i % 3 == 0 ? 0 : -1);
        ASSERT_EQ(commit(std::move(batch)), "");
    }
    EXPECT_EQ(run(engine->collect_blobs(10)).value(), 10U);
    EXPECT_EQ(run(engine->collect_blobs(1000)).value(), 90U);
    EXPECT_EQ(run(engine->list_blobs())->size(), 50U);
}

TEST_P(EngineContract, StatisticsCountCommitsAndFailures)
{
    EXPECT_EQ(put("a", "1"), "");
    EXPECT_EQ(put("", "1"), "invalid");
    EXPECT_EQ(engine->statistics().commits, 1U);
    EXPECT_EQ(engine->statistics().syncs, 1U);
    EXPECT_EQ(engine->statistics().failed, 1U);
    EXPECT_EQ(engine->statistics().bytes, 2U);
}

/// Hands over many commits at once, in order, and checks the order they were done in.
base::Task<void> commit_numbered(Engine& engine, int number, std::vector<int>& done, base::Promise<int> all)
{
    Batch batch;
    batch.put("last", std::to_string(number));
    batch.add("n", 1);
    auto result = co_await engine.commit(std::move(batch));
    EXPECT_TRUE(result);
    done.push_back(number);
    if (done.size() == 500)
        all.set(1);
}

base::Task<int> commit_many(Engine& engine, base::Executor& executor, std::vector<int>& done)
{
    base::Promise<int> all;
    for (int number = 0; number < 500; ++number)
        base::spawn(executor, commit_numbered(engine, number, done, all), "test");
    auto count = co_await all.wait();
    co_return count;
}

TEST_P(EngineContract, CommitsOfOneThreadBecomeDurableInOrder)
{
    std::vector<int> done;
    run(commit_many(*engine, loop, done));
    EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
    EXPECT_EQ(get("last"), "499");
    EXPECT_EQ(run(engine->counter("n")).value(), 500U);
}

std::string counter_bytes(int value)
{
    return base::Writer().u64(static_cast<std::uint64_t>(value)).take();
}

/// Each expects what the one before it wrote: all of them must see each other inside a group.
base::Task<void> commit_chained(Engine& engine, int number, std::vector<int>& done, base::Promise<int> all)
{
    Batch batch;
    auto before = number == 0 ? std::nullopt : std::optional(std::to_string(number - 1));
    batch.expect("last", before);
    if (number % 7 == 3)
        batch.erase_range("last", "lasu");
    batch.put("last", std::to_string(number));
    batch.add("n", 1);
    if (number % 5 == 4)
        batch.expect("n", counter_bytes(number));
    auto result = co_await engine.commit(std::move(batch));
    EXPECT_TRUE(result) << number << ": " << result.error().cause;
    done.push_back(number);
    if (done.size() == 100)
        all.set(1);
}

base::Task<int> commit_chain(Engine& engine, base::Executor& executor, std::vector<int>& done)
{
    base::Promise<int> all;
    for (int number = 0; number < 100; ++number)
        base::spawn(executor, commit_chained(engine, number, done, all), "test");
    auto count = co_await all.wait();
    co_return count;
}

TEST_P(EngineContract, ExpectationsSeeTheBatchesAheadOfThem)
{
    std::vector<int> done;
    run(commit_chain(*engine, loop, done));
    EXPECT_EQ(get("last"), "99");
}

} // namespace
} // namespace mansio::storage
