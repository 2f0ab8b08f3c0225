#include "storage/rocks/options.h"

#include "storage/rocks/counter_merge.h"
#include "storage/rocks/info_log.h"
#include "storage/rocks/layout.h"
#include "storage/rocks/ordered_names.h"
#include "storage/rocks/prepared_log.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

namespace mansio::storage::rocks {

namespace {

/// Bytes of a log: it ends when one of the write buffers is full, and holds a part of the other's.
std::uint64_t log_size(const RocksOptions& options)
{
    return options.write_buffer_bytes + options.write_buffer_bytes / 4;
}

} // namespace

std::unique_ptr<rocksdb::Env> database_files(const RocksOptions& options)
{
    return rocksdb::NewCompositeEnv(
        with_prepared_logs(with_ordered_names(rocksdb::FileSystem::Default()), log_size(options)));
}

// Rules for this version (7.8.3), from faults that later versions list as fixed: no atomic_flush, no WAL
// compression, no WAL tracking in the manifest, no recycled WAL files, two column families at least.
rocksdb::DBOptions database_options(const RocksOptions& options)
{
    rocksdb::DBOptions db;
    db.create_if_missing = options.create == Create::if_missing;
    db.create_missing_column_families = db.create_if_missing;
    db.paranoid_checks = true;
    db.max_background_jobs = 2;
    db.max_open_files = options.max_open_files;
    db.max_file_opening_threads = 1;
    db.db_write_buffer_size = 3 * options.write_buffer_bytes;
    // A quiet family must not keep old logs alive: bounds the disk they take and the time to recover.
    db.max_total_wal_size = 4 * options.write_buffer_bytes;
    db.max_bgerror_resume_count = 0; // the store reopens instead: see NoRecovery
    db.max_write_batch_group_size_bytes = options.max_group_bytes;
    // One thread writes: nothing to spin for, nothing to insert in parallel.
    db.allow_concurrent_memtable_write = false;
    db.enable_write_thread_adaptive_yield = false;
    db.atomic_flush = false;
    db.wal_compression = rocksdb::kNoCompression;
    db.track_and_verify_wals_in_manifest = false;
    db.recycle_log_file_num = 0;
    db.info_log = make_info_log();
    db.stats_dump_period_sec = 0;
    db.stats_persist_period_sec = 0;
    db.skip_stats_update_on_db_open = true;
    return db;
}

namespace {

rocksdb::CompressionType blob_compression(Compression wanted)
{
    switch (wanted) {
    case Compression::none: return rocksdb::kNoCompression;
    case Compression::lz4: return rocksdb::kLZ4Compression;
    case Compression::zstd: break;
    }
    return rocksdb::kZSTD;
}

rocksdb::ColumnFamilyOptions common_options(const RocksOptions& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache)
{
    rocksdb::ColumnFamilyOptions family;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.format_version = 5;
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    family.merge_operator = make_counter_merge();
    family.write_buffer_size = options.write_buffer_bytes;
    family.max_write_buffer_number = 3;
    family.target_file_size_base = 32 << 20;
    family.level_compaction_dynamic_level_bytes = true;
    family.compression =
        options.compression == Compression::none ? rocksdb::kNoCompression : rocksdb::kLZ4Compression;
    return family;
}

} // namespace

std::vector<rocksdb::ColumnFamilyDescriptor> family_options(const RocksOptions& options)
{
    // Few shards: each must still hold whole index blocks of a small cache.
    auto cache = rocksdb::NewLRUCache(options.cache_bytes, 2);
    auto keys = common_options(options, cache);
    auto blobs = common_options(options, cache);
    blobs.enable_blob_files = true;
    blobs.min_blob_size = 2048;
    blobs.blob_file_size = 128 << 20;
    blobs.blob_compression_type = blob_compression(options.compression);
    blobs.enable_blob_garbage_collection = false; // switched on when it is worth it: blob_garbage.h
    return {{rocksdb::kDefaultColumnFamilyName, keys}, {blobs_family, blobs}};
}

} // namespace mansio::storage::rocks
