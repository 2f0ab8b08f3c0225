// A database that is opened again after a failed write leaves out what the log has of it, for good.
#include "storage/rocks/database.h"
#include "store_kit.h"

#include <gtest/gtest.h>
#include <rocksdb/write_batch.h>

namespace mansio::storage::rocks {
namespace {

class TailOfTheLog : public testing::Test {
protected:
    std::unique_ptr<Database> open(Database::Mode mode, std::optional<std::uint64_t> last_good = {})
    {
        RocksOptions options{.path = folder.path() + "/store", .create = Create::if_missing};
        auto opened = Database::open(options, mode, last_good);
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().cause);
        return opened ? std::move(*opened) : nullptr;
    }
    /// One write with this key in both families; returns the sequence number behind it.
    std::uint64_t write(Database& database, const std::string& key)
    {
        rocksdb::WriteBatch batch;
        batch.Put(database.keys(), key, "value");
        batch.Put(database.blobs(), key, "value");
        rocksdb::WriteOptions synced;
        synced.sync = true;
        EXPECT_TRUE(database.db().Write(synced, &batch).ok());
        return database.db().GetLatestSequenceNumber();
    }
    std::string held(Database& database)
    {
        std::string keys;
        for (const char* key : {"a", "b", "c"})
            for (auto* family : {database.keys(), database.blobs()})
                if (*database.read(family, key))
                    keys += key;
        return keys;
    }

    TempFolder folder;
};

TEST_F(TailOfTheLog, IsForgottenBehindTheLastGoodWrite)
{
    auto database = open(Database::Mode::write);
    ASSERT_TRUE(database);
    const std::uint64_t last_good = write(*database, "a");
    write(*database, "b");
    EXPECT_EQ(held(*database), "aabb");

    database.reset(); // as the store does: reading first, where writing can't be had
    database = open(Database::Mode::read_only, last_good);
    EXPECT_EQ(held(*database), "aa");
    database.reset();
    database = open(Database::Mode::write, last_good);
    EXPECT_EQ(held(*database), "aa");
    write(*database, "c");
    database.reset();
    database = open(Database::Mode::write);
    EXPECT_EQ(held(*database), "aacc") << "it must not come back with the next start";
}

TEST_F(TailOfTheLog, StaysWhereNothingFailed)
{
    auto database = open(Database::Mode::write);
    ASSERT_TRUE(database);
    write(*database, "a");
    const std::uint64_t last_good = write(*database, "b");
    database.reset();
    database = open(Database::Mode::write, last_good);
    EXPECT_EQ(held(*database), "aabb");
}

} // namespace
} // namespace mansio::storage::rocks
