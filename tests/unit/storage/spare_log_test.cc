#include "storage/rocks/spare_log.h"

#include "base/time.h"
#include "storage/rocksdb_engine.h"
#include "store_kit.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

namespace mansio::storage::rocks {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t size = 64 * 1024;

void write_file(const std::string& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary) << bytes;
}

std::string read_file(const std::string& path)
{
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
}

/// The thread tells nobody that it is done: asked until it is.
std::optional<std::string> wait_for(SpareLog& spare)
{
    const auto deadline = base::Deadline::after(std::chrono::seconds(10));
    auto taken = spare.take();
    while (!taken && !deadline.passed()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        taken = spare.take();
    }
    return taken;
}

std::size_t files_in(const std::string& folder)
{
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(SpareLogs, AreMadeOnDemandAndTakenOnce)
{
    TempFolder folder;
    SpareLog spare(size);
    spare.settle(folder.path());
    EXPECT_FALSE(spare.take());
    spare.want();
    const auto made = wait_for(spare);
    ASSERT_TRUE(made);
    EXPECT_EQ(read_file(*made), std::string(size, '\0'));
    EXPECT_FALSE(spare.take());
}

TEST(SpareLogs, HoldNothingOfTheLogTheyAreMadeOf)
{
    TempFolder folder;
    for (const std::uint64_t length : {size - 1000, size, size + 5'000'000}) {
        SpareLog spare(size);
        spare.settle(folder.path());
        const std::string old = folder.path() + "/000004.log";
        write_file(old, std::string(length, 'x'));
        ASSERT_TRUE(spare.keep(old));
        EXPECT_FALSE(fs::exists(old));
        spare.want();
        const auto made = wait_for(spare);
        ASSERT_TRUE(made);
        EXPECT_EQ(read_file(*made), std::string(std::max(length, size), '\0'));
        fs::remove(*made);
    }
}

TEST(SpareLogs, KeepAFewLogsOfSomeLength)
{
    TempFolder folder;
    SpareLog spare(size);
    const std::string log = folder.path() + "/000004.log";
    write_file(log, std::string(size, 'x'));
    EXPECT_FALSE(spare.keep(log)) << "nobody has said where";
    spare.settle(folder.path());
    int kept = 0;
    for (; kept < 100 && spare.keep(log); ++kept)
        write_file(log, std::string(size, 'x'));
    EXPECT_EQ(kept, 3);
    spare.want();
    ASSERT_TRUE(wait_for(spare));
    write_file(log, "short");
    EXPECT_FALSE(spare.keep(log));
    write_file(log, std::string(size, 'x'));
    EXPECT_TRUE(spare.keep(log)) << "one of them was used";
}

TEST(SpareLogs, AreGoneAtTheEndAndAfterACrash)
{
    TempFolder folder;
    for (const char* name : {"/next-log", "/next-log-0", "/next-log-2"})
        write_file(folder.path() + name, "left behind");
    {
        SpareLog spare(size);
        spare.settle(folder.path());
        EXPECT_EQ(files_in(folder.path()), 0U);
        const std::string log = folder.path() + "/000004.log";
        write_file(log, std::string(size, 'x'));
        EXPECT_TRUE(spare.keep(log));
        spare.want();
    }
    EXPECT_EQ(files_in(folder.path()), 0U);
}

std::string value(int number)
{
    return noise(5000, static_cast<std::uint64_t>(number) + 1);
}

TEST(SpareLogs, BecomeTheLogsOfABusyStore)
{
    TempFolder folder;
    LoopThread loop;
    RocksOptions options{.path = folder.path(), .create = Create::if_missing};
    options.write_buffer_bytes = 256 * 1024;
    constexpr int count = 1000;
    std::set<std::string> zeros_seen;
    std::error_code ignored; // a file may go while we look
    {
        auto engine = open_rocksdb(options);
        ASSERT_TRUE(engine);
        for (int number = 0; number < count; ++number) {
            Batch batch;
            batch.put("k" + std::to_string(number), value(number));
            ASSERT_TRUE(base::sync_wait(loop, (*engine)->commit(std::move(batch))));
            for (const auto& file : fs::directory_iterator(folder.path()))
                if (file.path().extension() == ".log" &&
                    file.file_size(ignored) == options.write_buffer_bytes * 5 / 4)
                    zeros_seen.insert(file.path());
        }
    }
    EXPECT_GT(zeros_seen.size(), 1U) << "logs that had their length from the start";
    EXPECT_FALSE(fs::exists(folder.path() + "/next-log"));
    auto engine = open_rocksdb(options);
    ASSERT_TRUE(engine);
    for (int number = 0; number < count; ++number)
        EXPECT_EQ(base::sync_wait(loop, (*engine)->get("k" + std::to_string(number))).value(), value(number));
}

} // namespace
} // namespace mansio::storage::rocks
