#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>

namespace mansio::config {

struct Row;

enum class StoreEngine : std::uint8_t { rocksdb, memory };
enum class StoreCompression : std::uint8_t { none, lz4, zstd };

/// [store]: where mail is kept, and what of it stays in memory.
struct StoreSettings {
    StoreEngine engine = StoreEngine::rocksdb;
    std::string path; ///< empty: "store" in the data directory
    std::uint64_t cache = 32ULL * 1024 * 1024;
    std::uint64_t write_buffer = 16ULL * 1024 * 1024;
    std::uint64_t max_group = 8ULL * 1024 * 1024;
    StoreCompression compression = StoreCompression::none;
    std::uint64_t free_space = 256ULL * 1024 * 1024;
    std::chrono::milliseconds collect_interval = std::chrono::minutes(10);
    std::uint32_t max_open_files = 512;
};

std::span<const Row> store_rows();

} // namespace mansio::config
