#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>

namespace mansio::config {

struct Row;

/// [server]: the process as a whole.
struct ServerSettings {
    std::string hostname; ///< required
    std::string data_directory = "data";
    std::uint32_t loops = 0;   ///< 0: one per core
    std::uint32_t workers = 0; ///< 0: one per core
    std::chrono::milliseconds drain_time = std::chrono::seconds(30);
    std::uint64_t memory_budget = 512ULL * 1024 * 1024;
    bool lab = false;
};

std::span<const Row> server_rows();

} // namespace mansio::config
