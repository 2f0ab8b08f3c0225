#include "storage/rocksdb_engine.h"

#include "base/time.h"
#include "storage/rocks/options.h"
#include "store_kit.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <sys/mount.h>
#include <thread>
#include <unistd.h>

namespace mansio::storage {
namespace {

using base::Fault;
using namespace std::chrono_literals;

class RocksStore : public testing::Test {
protected:
    template <class T>
    T run(base::Task<T> task)
    {
        return base::sync_wait(loop, std::move(task));
    }
    void open(RocksOptions options)
    {
        engine.reset();
        auto opened = open_rocksdb(std::move(options));
        ASSERT_TRUE(opened) << opened.error().cause;
        engine = std::move(*opened);
    }
    RocksOptions options() const { return {.path = folder.path(), .create = Create::if_missing}; }
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
    std::string put_blob(const std::string& content)
    {
        Batch batch;
        batch.put_blob(BlobId::of(content), make_content(content));
        return commit(std::move(batch));
    }
    std::optional<std::string> get(const std::string& key) { return run(engine->get(key)).value(); }

    TempFolder folder;
    LoopThread loop;
    std::unique_ptr<Engine> engine;
};

TEST_F(RocksStore, ReopeningKeepsEverything)
{
    open(options());
    const std::string content = noise(600'000);
    ASSERT_EQ(put_blob(content), "");
    Batch batch;
    batch.put("a", "1");
    batch.add("n", -3);
    batch.raise("m", 9);
    auto version = run(engine->commit(std::move(batch)));
    ASSERT_TRUE(version);
    for (int round = 0; round < 3; ++round) {
        open({.path = folder.path()});
        EXPECT_EQ(get("a"), "1");
        EXPECT_EQ(run(engine->counter("m")).value(), 9U);
        EXPECT_EQ(run(engine->read_blob(BlobId::of(content))).value(), content);
        Batch more;
        more.add("n", 2);
        auto next = run(engine->commit(std::move(more)));
        ASSERT_TRUE(next);
        EXPECT_GT(*next, *version) << "versions grow over restarts";
        version = next;
    }
    EXPECT_EQ(run(engine->counter("n")).value(), 3U);
}

TEST_F(RocksStore, EndingFinishesWhatWaits)
{
    open(options());
    std::atomic<int> done = 0;
    struct Start {
        static base::Task<void> commit(Engine& engine, int number, std::atomic<int>& count)
        {
            Batch batch;
            batch.put("k" + std::to_string(number), "v");
            auto result = co_await engine.commit(std::move(batch));
            count += result ? 1 : 0;
        }
        static base::Task<int> all(Engine& engine, base::Executor& executor, std::atomic<int>& count)
        {
            for (int number = 0; number < 200; ++number)
                base::spawn(executor, commit(engine, number, count), "test");
            co_await base::yield(); // behind the starts
            co_return 0;
        }
        static base::Task<int> behind()
        {
            co_await base::yield();
            co_return 0;
        }
    };
    run(Start::all(*engine, loop, done));
    engine.reset();
    run(Start::behind());
    EXPECT_EQ(done, 200);
    open({.path = folder.path()});
    EXPECT_EQ(run(scan_all(*engine, Range::prefix("k")))->size(), 200U);
}

TEST_F(RocksStore, AMissingStoreIsNotFound)
{
    auto opened = open_rocksdb({.path = folder.path() + "/none"});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().fault, Fault::not_found);
    EXPECT_FALSE(std::filesystem::exists(folder.path() + "/none"));
}

TEST_F(RocksStore, IsOpenedOnceAtATime)
{
    open(options());
    auto second = open_rocksdb(options());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().fault, Fault::conflict) << second.error().cause;
    EXPECT_EQ(put("a", "1"), "");
}

/// Changes the store behind the engine's back.
void overwrite(const std::string& path, std::size_t family, const std::string& key, const std::string& value)
{
    rocksdb::DB* db = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    const RocksOptions options{.path = path};
    ASSERT_TRUE(rocksdb::DB::Open(rocks::database_options(options), path, rocks::family_options(options),
                                  &handles, &db)
                    .ok());
    EXPECT_TRUE(db->Put(rocksdb::WriteOptions(), handles[family], key, value).ok());
    for (auto* handle : handles)
        db->DestroyColumnFamilyHandle(handle);
    delete db;
}

TEST_F(RocksStore, AnUnknownSchemaVersionIsRefused)
{
    open(options());
    engine.reset();
    overwrite(folder.path(), 0, "!schema", std::string("\0", 1) + "2");
    auto opened = open_rocksdb(options());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().fault, Fault::refused);
    EXPECT_TRUE(opened.error().cause.contains("schema version 2")) << opened.error().cause;
}

TEST_F(RocksStore, ABrokenCellIsCorrupt)
{
    open(options());
    engine.reset();
    overwrite(folder.path(), 0, "a", "\x07what");
    open(options());
    EXPECT_EQ(run(engine->get("a")).error().fault, Fault::corrupt);
    EXPECT_EQ(run(engine->scan(Range::prefix("a"))).error().fault, Fault::corrupt);
    EXPECT_EQ(put("a", "1"), "");
    EXPECT_EQ(get("a"), "1");
}

TEST_F(RocksStore, ABlobWithAShortChunkIsCorruptUntilItIsStoredAgain)
{
    open(options());
    const std::string content = noise(300'000);
    const BlobId id = BlobId::of(content);
    ASSERT_EQ(put_blob(content), "");
    engine.reset();
    overwrite(folder.path(), 1, "c" + std::string(id.view()) + std::string("\0\0\0\1", 4), "short");
    open(options());
    EXPECT_EQ(run(engine->read_blob(id)).error().fault, Fault::corrupt);
    ASSERT_EQ(put_blob(content), "");
    EXPECT_EQ(run(engine->read_blob(id)).value(), content);
}

TEST_F(RocksStore, ADamagedFileIsCorruptNotWrong)
{
    open(options());
    for (int number = 0; number < 100; ++number)
        ASSERT_EQ(put("k" + std::to_string(number), noise(1000, number)), "");
    engine.reset();
    open(options()); // recovery writes the log out to a table
    engine.reset();
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
        if (file.path().extension() != ".sst" || file.file_size() < 50'000)
            continue;
        std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(10'000);
        bytes << "damaged";
    }
    open(options());
    auto items = run(scan_all(*engine, Range::prefix("k")));
    ASSERT_FALSE(items);
    EXPECT_EQ(items.error().fault, Fault::corrupt);
}

base::Task<void> commit_some(Engine& engine, int writer, std::atomic<int>& failed)
{
    const std::string value(8000, 'x');
    for (int number = 0; number < 20; ++number) {
        Batch batch;
        batch.put("k" + std::to_string(writer) + "/" + std::to_string(number), value);
        auto done = co_await engine.commit(std::move(batch));
        failed += done ? 0 : 1;
    }
}

TEST_F(RocksStore, CommitsAtOneTimeShareSyncs)
{
    open(options());
    std::atomic<int> failed = 0;
    std::atomic<int> running = 64;
    base::Promise<int> ended;
    for (int writer = 0; writer < 64; ++writer)
        base::spawn(loop, commit_some(*engine, writer, failed), "test", [&running, ended] {
            if (--running == 0)
                ended.set(1);
        });
    struct Wait {
        static base::Task<int> until(base::Promise<int> promise)
        {
            auto value = co_await promise.wait();
            co_return value;
        }
    };
    run(Wait::until(ended));
    EXPECT_EQ(failed, 0);
    const Statistics statistics = engine->statistics();
    EXPECT_EQ(statistics.commits, 64U * 20);
    EXPECT_LT(statistics.syncs, statistics.commits / 2);
    EXPECT_EQ(run(scan_all(*engine, Range::prefix("k")))->size(), 64U * 20);
}

Batch durable_soon(const std::string& key)
{
    Batch batch;
    batch.put(key, "1");
    batch.set_durable(Durable::soon);
    return batch;
}

/// Syncs are made on the committer's thread and told to nobody: asked for until there are so many.
bool reaches_syncs(const Engine& engine, std::uint64_t syncs)
{
    const auto deadline = base::Deadline::after(10s);
    while (engine.statistics().syncs < syncs && !deadline.passed())
        std::this_thread::sleep_for(1ms);
    return engine.statistics().syncs == syncs;
}

TEST_F(RocksStore, ABatchThatIsDurableSoonIsSyncedAfterItsCallerWentOn)
{
    open(options());
    EXPECT_EQ(commit(durable_soon("a")), "");
    EXPECT_EQ(get("a"), "1");
    EXPECT_TRUE(reaches_syncs(*engine, 1));
    EXPECT_EQ(commit(durable_soon("b")), "");
    EXPECT_TRUE(reaches_syncs(*engine, 2));
    open({.path = folder.path()});
    EXPECT_EQ(get("a"), "1");
    EXPECT_EQ(get("b"), "1");
}

TEST_F(RocksStore, BatchesThatAreDurableSoonShareASync)
{
    open(options());
    constexpr int count = 200;
    for (int number = 0; number < count; ++number)
        ASSERT_EQ(commit(durable_soon("k" + std::to_string(number))), "");
    EXPECT_EQ(put("last", "1"), "");
    EXPECT_EQ(engine->statistics().commits, count + 1U);
    EXPECT_LT(engine->statistics().syncs, count / 2U);
}

TEST_F(RocksStore, AStoreThatEndsSyncsWhatWasDurableSoon)
{
    open(options());
    EXPECT_EQ(commit(durable_soon("a")), "");
    open({.path = folder.path()});
    EXPECT_EQ(get("a"), "1");
}

/// Bytes this process handed to write(), from its start.
std::uint64_t bytes_written()
{
    std::ifstream io("/proc/self/io");
    std::string key;
    std::uint64_t value = 0;
    while (io >> key >> value)
        if (key == "wchar:")
            return value;
    return 0;
}

std::uint64_t blob_file_bytes(const std::string& path)
{
    std::uint64_t sum = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        std::error_code gone; // files come and go
        const auto size = entry.path().extension() == ".blob" ? entry.file_size(gone) : 0;
        sum += gone ? 0 : size;
    }
    return sum;
}

TEST_F(RocksStore, StoringMoreDoesNotRewriteWhatIsThere)
{
    auto small = options();
    small.write_buffer_bytes = 1 << 20;
    open(small);
    constexpr std::size_t count = 768;
    constexpr std::size_t size = 64 * 1024;
    const std::uint64_t before = bytes_written();
    for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(put_blob(noise(size - i)), "");
    // Once to the log, once as the zeros that the log is made of, once to a file; the rest is keys.
    EXPECT_LT(bytes_written() - before, count * size * 7 / 2);
}

TEST_F(RocksStore, TheRoomOfDeletedBlobsComesBack)
{
    auto small = options();
    small.write_buffer_bytes = 1 << 20;
    open(small);
    constexpr std::size_t count = 400;
    constexpr std::size_t size = 256 * 1024;
    std::vector<BlobId> kept;
    std::vector<BlobId> deleted;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string content = noise(size - i);
        ASSERT_EQ(put_blob(content), "");
        (i % 4 == 0 ? kept : deleted).push_back(BlobId::of(content));
    }
    for (const BlobId& id : deleted) {
        Batch batch;
        batch.ref_blob(id, -1);
        ASSERT_EQ(commit(std::move(batch)), "");
    }
    // The database does it behind our back: no event tells that it is done.
    const auto until = base::Deadline::after(60s);
    while (blob_file_bytes(folder.path()) > count * size / 2 && !until.passed()) {
        ASSERT_TRUE(run(engine->collect_blobs()));
        std::this_thread::sleep_for(20ms);
    }
    EXPECT_LE(blob_file_bytes(folder.path()), count * size / 2);
    for (const BlobId& id : kept)
        EXPECT_TRUE(run(engine->read_blob(id)));
}

TEST_F(RocksStore, ANearlyFullDiskTakesOnlyWhatFreesIt)
{
    std::atomic<std::uint64_t> free = UINT64_MAX;
    RocksOptions small = options();
    small.min_free_bytes = 1000;
    small.free_bytes = [&free] { return free.load(); };
    open(small);
    ASSERT_EQ(put_blob("content"), "");
    ASSERT_EQ(put("a", "1"), "");
    struct Row {
        std::uint64_t free;
        const char *blob, *large, *note, *erase;
    };
    const Row rows[] = {{1000, "", "", "", ""},
                        {999, "full", "full", "", ""},
                        {249, "full", "full", "full", ""},
                        {61, "full", "full", "full", "full"},
                        {1000, "", "", "", ""}};
    for (const Row& row : rows) {
        free = row.free;
        EXPECT_EQ(put_blob("content"), row.blob) << row.free;
        EXPECT_EQ(put("b", std::string(100'000, 'x')), row.large) << row.free;
        EXPECT_EQ(put("c", "flags"), row.note) << row.free;
        Batch erase;
        erase.erase("b");
        erase.put("log", "expunged");
        EXPECT_EQ(commit(std::move(erase)), row.erase) << row.free;
        EXPECT_EQ(get("a"), "1");
    }
}

/// A small file system of its own, gone at the end.
class SmallDisk {
public:
    explicit SmallDisk(const std::string& folder)
        : m_folder(folder)
    {
        m_mounted = mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=48m") == 0;
    }
    ~SmallDisk()
    {
        if (m_mounted)
            umount2(m_folder.c_str(), MNT_DETACH);
    }
    bool mounted() const { return m_mounted; }

private:
    std::string m_folder;
    bool m_mounted;
};

/// Fills the disk to the last byte with a file that has no part in the store.
void fill(const std::string& path)
{
    std::ofstream filler(path, std::ios::binary);
    const std::string block(4096, 'f');
    while (filler.write(block.data(), std::ssize(block)).flush()) {
    }
}

TEST_F(RocksStore, AFullDiskRefusesCommitsUntilThereIsRoomAgain)
{
    SmallDisk disk(folder.path());
    if (!disk.mounted())
        GTEST_SKIP() << "cannot mount a tmpfs here: " << std::strerror(errno);
    RocksOptions small{.path = folder.path() + "/store", .create = Create::if_missing};
    small.min_free_bytes = 0; // meet the real thing
    small.write_buffer_bytes = 1 << 20;
    open(small);
    ASSERT_EQ(put("before", "1"), "");
    for (int round = 0; round < 3; ++round) {
        const std::string filler = folder.path() + "/filler";
        fill(filler);
        int stored = 0;
        std::string result;
        for (; stored < 200 && result.empty(); ++stored)
            result = put("k" + std::to_string(round) + "/" + std::to_string(stored), noise(100'000, stored));
        EXPECT_EQ(result, "full") << "after " << stored;
        EXPECT_EQ(put("nor-this", noise(100'000)), "full");
        EXPECT_EQ(get("before"), "1");
        EXPECT_EQ(run(scan_all(*engine, Range::prefix("k" + std::to_string(round))))->size(), stored - 1U);

        if (round == 2)
            engine.reset(); // a stop while it is broken loses nothing either
        std::filesystem::remove(filler);
        if (round == 2)
            open(small);
        const auto deadline = base::Deadline::after(30s);
        do
            result = put("after" + std::to_string(round), "1");
        while (!result.empty() && !deadline.passed());
        EXPECT_EQ(result, "") << "round " << round;
        EXPECT_EQ(get("nor-this"), std::nullopt);
        open(small);
        EXPECT_EQ(get("nor-this"), std::nullopt);
        EXPECT_EQ(get("after" + std::to_string(round)), "1");
        EXPECT_EQ(run(scan_all(*engine, Range::prefix("k" + std::to_string(round))))->size(), stored - 1U);
        Batch erase;
        erase.erase_range("k", "l");
        ASSERT_EQ(commit(std::move(erase)), "");
    }
    engine.reset();
}

} // namespace
} // namespace mansio::storage
