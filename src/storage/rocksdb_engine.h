#pragma once
#include "storage/engine.h"

#include <functional>
#include <memory>
#include <string>

namespace mansio::storage {

enum class Create { no, if_missing };
enum class Compression { none, lz4, zstd }; ///< of messages; keys are none or lz4

struct RocksOptions {
    std::string path; ///< the store's folder
    Create create = Create::no;
    Compression compression = Compression::none;
    std::uint64_t cache_bytes = 32 << 20;        ///< decoded blocks; the system caches the files too
    std::uint64_t write_buffer_bytes = 16 << 20; ///< per column family, before a file is made of it
    std::uint64_t max_group_bytes = 8 << 20;     ///< what one synced write takes along
    std::size_t max_group_batches = 1024;        ///< the same, so that the first waiter isn't kept for long
    /// Below this much free disk, batches that bring mail get Fault::full; below a quarter of it all that do
    /// not free something; below a sixteenth all. What is left is for deletions and for the store's own
    /// reorganising. 0: no check, a write fails when the disk is full.
    std::uint64_t min_free_bytes = 64 << 20;
    int max_open_files = 512;
    /// Free bytes on the store's disk; tests put their own here. Called by the committer's thread.
    std::function<std::uint64_t()> free_bytes = {};
};

/// Opens the store, one process at a time. Fault::not_found: there is none and it was not to be created;
/// Fault::conflict: another process has it open; Fault::refused: another version of the program wrote it;
/// Fault::corrupt; Fault::full. Blocks (recovery reads the log). Destroying the engine makes durable and
/// completes what waits; call that from a thread that no waiter resumes on, and keep their executors till
/// then.
Outcome<std::unique_ptr<Engine>> open_rocksdb(RocksOptions options);

} // namespace mansio::storage
