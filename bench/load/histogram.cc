#include "load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mansio::load {
namespace {

constexpr std::uint64_t steps = 64;     // of each power of two
constexpr unsigned most_doublings = 34; // over 17 minutes: no run waits that long for one answer
constexpr std::uint64_t most = (2 * steps << most_doublings) - 1;

std::size_t bucket_of(std::uint64_t microseconds)
{
    if (microseconds < 2 * steps)
        return microseconds;
    const auto doublings = static_cast<unsigned>(std::bit_width(microseconds / (2 * steps)));
    return doublings * steps + (microseconds >> doublings);
}

/// The middle of what falls into a bucket.
double microseconds_of(std::size_t bucket)
{
    if (bucket < 2 * steps)
        return static_cast<double>(bucket);
    const std::size_t doublings = bucket / steps - 1;
    const std::size_t first = (bucket % steps + steps) << doublings;
    return static_cast<double>(first) + std::ldexp(0.5, static_cast<int>(doublings));
}

} // namespace

Histogram::Histogram()
    : m_buckets(bucket_of(most) + 1)
{
}

void Histogram::add(std::chrono::nanoseconds taken)
{
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(taken).count();
    const std::uint64_t microseconds = std::min(whole > 0 ? static_cast<std::uint64_t>(whole) : 0, most);
    ++m_buckets[bucket_of(microseconds)];
    ++m_count;
    m_max = std::max(m_max, microseconds);
}

void Histogram::merge(const Histogram& other)
{
    for (std::size_t i = 0; i < m_buckets.size(); ++i)
        m_buckets[i] += other.m_buckets[i];
    m_count += other.m_count;
    m_max = std::max(m_max, other.m_max);
}

double Histogram::quantile(double share) const
{
    const double wanted = share * static_cast<double>(m_count);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < m_buckets.size(); ++i) {
        seen += m_buckets[i];
        if (seen > 0 && static_cast<double>(seen) >= wanted)
            return std::min(microseconds_of(i) / 1000, max());
    }
    return 0;
}

} // namespace mansio::load
