#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mansio::config {

struct Row;

/// [dns]: the resolver of the relay and of reverse names.
struct DnsSettings {
    std::vector<std::string> servers; ///< "192.0.2.53" or "192.0.2.53:5353"; empty: /etc/resolv.conf
    std::chrono::milliseconds timeout = std::chrono::seconds(10);
    std::uint64_t cache = 4ULL * 1024 * 1024;
    std::chrono::milliseconds max_ttl = std::chrono::hours(24);
};

std::span<const Row> dns_rows();

} // namespace mansio::config
