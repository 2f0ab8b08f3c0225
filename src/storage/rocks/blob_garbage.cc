#include "storage/rocks/blob_garbage.h"

#include "base/log.h"

#include <algorithm>
#include <pthread.h>
#include <rocksdb/experimental.h>

namespace mansio::storage::rocks {

namespace {

// Moving what lives costs as much as writing it: at 30 % garbage about two bytes for each that comes free.
constexpr double begin_ratio = 0.30;
constexpr double end_ratio = 0.10;
constexpr std::uint64_t least_worth = 32 << 20; // less room than this is not missed
// No merge of new keys goes on beside a pass: it must be over before they pile up.
constexpr double pass_bytes = 2e9;

std::uint64_t property(Database& database, const std::string& name)
{
    std::uint64_t value = 0;
    database.db().GetIntProperty(database.blobs(), name, &value);
    return value;
}

/// What lives in the oldest files goes to new ones: `share` of all files, counted from the oldest.
void move_oldest(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* blobs, double share, std::atomic<bool>& cancel)
{
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.allow_write_stall = false;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
    options.blob_garbage_collection_age_cutoff = share;
    options.canceled = &cancel;
    const auto moved = db.CompactRange(options, blobs, nullptr, nullptr);
    if (!moved.ok() && !moved.IsManualCompactionPaused() && !moved.IsShutdownInProgress())
        base::log(base::Level::warning, "store", "room of deleted messages was not reclaimed",
                  {{"cause", moved.ToString()}});
}

} // namespace

void BlobGarbage::tend(Database& database, std::uint64_t deleted_bytes, std::uint64_t free_bytes)
{
    using Properties = rocksdb::DB::Properties;
    m_unsettled += deleted_bytes;
    if (m_running)
        return;
    const std::uint64_t all = property(database, Properties::kLiveBlobFileSize);
    const std::uint64_t garbage = std::min(all, property(database, Properties::kLiveBlobFileGarbageSize));
    settle(database, all);
    const double ratio = all == 0 ? 0.0 : static_cast<double>(garbage) / static_cast<double>(all);
    m_moving = garbage >= least_worth && ratio >= (m_moving ? end_ratio : begin_ratio);
    if (!m_moving)
        return;
    // The old files go only when all that lives in them is in new ones.
    const double room = std::min(static_cast<double>(free_bytes) * 0.8, pass_bytes);
    start_pass(database, std::min(1.0, room / static_cast<double>(all - garbage + 1)));
}

/// Writes the deletions that are still in memory to a file, and has it merged. Holds up commits for the time
/// it takes to write one buffer: rarely, and only where a tenth of the store was deleted.
void BlobGarbage::settle(Database& database, std::uint64_t live_bytes)
{
    if (m_unsettled < std::max(least_worth, live_bytes / 10))
        return;
    rocksdb::FlushOptions flush;
    flush.wait = true;
    if (!database.db().Flush(flush, database.blobs()).ok())
        return; // next time
    m_unsettled = 0;
    rocksdb::experimental::SuggestCompactRange(&database.db(), database.blobs(), nullptr, nullptr)
        .PermitUncheckedError();
}

void BlobGarbage::start_pass(Database& database, double share)
{
    stop();
    m_moving = true;
    m_running = true;
    m_pass = std::thread([this, db = &database.db(), blobs = database.blobs(), share] {
        pthread_setname_np(pthread_self(), "reclaimer");
        move_oldest(*db, blobs, share, m_cancel);
        m_running = false;
    });
}

void BlobGarbage::stop()
{
    m_cancel = true;
    if (m_pass.joinable())
        m_pass.join();
    m_cancel = false;
    m_running = false;
    m_moving = false;
}

} // namespace mansio::storage::rocks
