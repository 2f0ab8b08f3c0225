#pragma once
#include "load/histogram.h"
#include "load/options.h"

#include "base/time.h"
#include "net/loop.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::load {

using base::Deadline;
using base::SteadyTime;

/// What the sessions of one loop did. Only that loop's thread touches it while the run lasts.
struct Tally {
    std::uint64_t operations = 0;
    std::uint64_t errors = 0;
    std::uint64_t bytes = 0; ///< of messages, not of the dialogue
    Histogram latencies;
    std::vector<std::string> samples; ///< the first errors, in words

    /// One answer that settles `count` operations, since its command was sent.
    void done(SteadyTime since, std::uint64_t count = 1, std::uint64_t moved = 0);
    /// The same with a time of its own.
    void took(std::chrono::nanoseconds time, std::uint64_t count = 1, std::uint64_t moved = 0);
    void failed(std::string_view why, std::uint64_t count = 1);
};

enum class Tickets {
    all_wanted, ///< those that nobody takes are errors
    at_most,    ///< there may be less to do
};

/// One measurement: its loops, its clock, its tickets and its result. Sessions take a ticket for each
/// operation, so a slow one does less and all end together.
class Run {
public:
    Run(std::string work, const CommonOptions& options, std::uint64_t tickets,
        Tickets wanted = Tickets::all_wanted);

    net::Loops& loops() { return m_loops; }
    Tally& tally(unsigned loop) { return m_tallies.at(loop); }
    Deadline deadline() const { return m_deadline; }
    /// The next number from 0 on; nothing when all are taken or the time is up. From any thread.
    std::optional<std::uint64_t> take();

    /// The clock, of the wall and of this process's CPU.
    void begin();
    void end();
    /// Prints the JSON line; returns the exit code: 1 when more than a tenth failed.
    int report();

private:
    std::uint64_t missing() const;
    Tally total() const;

    std::string m_work;
    std::uint64_t m_tickets;
    Tickets m_wanted;
    std::atomic<std::uint64_t> m_taken = 0;
    std::vector<Tally> m_tallies;
    Deadline m_deadline;
    SteadyTime m_begun;
    double m_cpu_before = 0;
    double m_seconds = 0;
    double m_cpu = 0;
    net::Loops m_loops; ///< the last member: its threads end first
};

} // namespace mansio::load
