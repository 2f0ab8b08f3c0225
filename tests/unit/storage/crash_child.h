#pragma once
#include <cstdint>
#include <string>

namespace mansio::storage {

constexpr int crash_writers = 16;

/// One line of the child's report: this writer's commit number is durable.
struct Acknowledged {
    std::uint32_t writer;
    std::uint32_t number;
};

/// What a commit of the crash test writes: two keys, a counter, and for every fourth a blob.
std::string crash_key(char side, std::uint32_t writer, std::uint32_t number);
std::string crash_counter(std::uint32_t writer);
std::string crash_blob(std::uint32_t writer, std::uint32_t number);

/// Commits into the store at `folder` until it is killed, and reports on standard output.
int run_crash_child(const std::string& folder);

} // namespace mansio::storage
