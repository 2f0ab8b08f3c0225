#include "load/run.h"

#include "base/text.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <sys/resource.h>

namespace mansio::load {
namespace {

constexpr std::size_t samples_kept = 5;

double cpu_seconds()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void keep_sample(std::vector<std::string>& samples, std::string_view why)
{
    if (samples.size() < samples_kept && std::ranges::find(samples, why) == samples.end())
        samples.emplace_back(why);
}

std::string print_samples(const std::vector<std::string>& samples)
{
    boost::json::array array;
    for (const std::string& sample : samples)
        array.emplace_back(base::escape_for_log(sample));
    return boost::json::serialize(array);
}

} // namespace

void Tally::done(SteadyTime since, std::uint64_t count, std::uint64_t moved)
{
    took(std::chrono::steady_clock::now() - since, count, moved);
}

void Tally::took(std::chrono::nanoseconds time, std::uint64_t count, std::uint64_t moved)
{
    operations += count;
    bytes += moved;
    latencies.add(time);
}

void Tally::failed(std::string_view why, std::uint64_t count)
{
    errors += count;
    keep_sample(samples, why);
}

Run::Run(std::string work, const CommonOptions& options, std::uint64_t tickets, Tickets wanted)
    : m_work(std::move(work))
    , m_tickets(tickets)
    , m_wanted(wanted)
    , m_tallies(options.threads)
    , m_deadline(Deadline::after(std::chrono::seconds(options.deadline_seconds)))
    , m_loops(options.threads)
{
    m_loops.start();
}

std::optional<std::uint64_t> Run::take()
{
    if (m_deadline.passed())
        return std::nullopt;
    const std::uint64_t ticket = m_taken.fetch_add(1, std::memory_order_relaxed);
    return ticket < m_tickets ? std::optional(ticket) : std::nullopt;
}

/// What was asked for and nobody took.
std::uint64_t Run::missing() const
{
    return m_wanted == Tickets::at_most ? 0 : m_tickets - std::min(m_tickets, m_taken.load());
}

void Run::begin()
{
    m_cpu_before = cpu_seconds();
    m_begun = std::chrono::steady_clock::now();
}

void Run::end()
{
    m_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_begun).count();
    m_cpu = cpu_seconds() - m_cpu_before;
}

Tally Run::total() const
{
    Tally all;
    for (const Tally& tally : m_tallies) {
        all.operations += tally.operations;
        all.errors += tally.errors;
        all.bytes += tally.bytes;
        all.latencies.merge(tally.latencies);
        for (const std::string& sample : tally.samples)
            keep_sample(all.samples, sample);
    }
    if (missing() > 0) {
        all.errors += missing();
        all.samples.push_back(fmt::format("{} operations were not tried", missing()));
    }
    return all;
}

int Run::report()
{
    const Tally all = total();
    const double rate = m_seconds > 0 ? static_cast<double>(all.operations) / m_seconds : 0;
    const Histogram& times = all.latencies;
    fmt::print(R"({{"work": "{}", "operations": {}, "errors": {}, "error_samples": {}, "seconds": {:.6f}, )"
               R"("operations_per_second": {:.3f}, "client_cpu_seconds": {:.6f}, "bytes": {}, )"
               R"("latency_ms": {{"p50": {:.3f}, "p90": {:.3f}, "p99": {:.3f}, "max": {:.3f}}}}})"
               "\n",
               m_work, all.operations, all.errors, print_samples(all.samples), m_seconds, rate, m_cpu,
               all.bytes, times.quantile(0.5), times.quantile(0.9), times.quantile(0.99), times.max());
    std::fflush(stdout);
    return all.operations == 0 || all.errors * 10 > all.operations + all.errors ? 1 : 0;
}

} // namespace mansio::load
