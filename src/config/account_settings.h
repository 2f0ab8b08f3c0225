#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>

namespace mansio::config {

struct Row;

/// [accounts]: addressing, quotas, password hashes and login limits.
struct AccountSettings {
    std::string recipient_delimiter = "+"; ///< empty: no sub-addresses
    std::uint64_t default_quota = 0;       ///< bytes per new account; 0: none
    std::uint32_t min_password_length = 8;
    std::uint64_t argon2_memory = 19ULL * 1024 * 1024;
    std::uint32_t argon2_passes = 2;
    std::uint32_t argon2_lanes = 1;
    std::uint32_t scram_iterations = 15'000;
    std::chrono::milliseconds recheck_interval = std::chrono::seconds(60);
};

std::span<const Row> account_rows();

} // namespace mansio::config
