#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

namespace mansio::load {

/// How long operations took. Exact up to 128 microseconds, then within one sixty-fourth of the value. Adding
/// costs a few instructions and never memory.
class Histogram {
public:
    Histogram();

    void add(std::chrono::nanoseconds taken);
    void merge(const Histogram& other);
    std::uint64_t count() const { return m_count; }
    /// The time that this share (0 to 1) of the operations stayed within, in milliseconds; 0 without any.
    double quantile(double share) const;
    double max() const { return static_cast<double>(m_max) / 1000; } ///< milliseconds

private:
    std::vector<std::uint64_t> m_buckets;
    std::uint64_t m_count = 0;
    std::uint64_t m_max = 0; ///< microseconds
};

} // namespace mansio::load
