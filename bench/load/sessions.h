#pragma once
#include "load/run.h"

#include "base/outcome.h"
#include "base/task.h"

#include <functional>
#include <memory>

namespace mansio::load {

using base::Outcome;
using base::Task;

/// One connection's part of a run, on one loop.
class Session {
public:
    virtual ~Session() = default;
    /// Off the clock: dials, logs in, selects. A session that fails here takes no part.
    virtual Task<Outcome<void>> prepare() = 0;
    /// On the clock, to the last ticket. Reports its errors to its tally.
    virtual Task<void> work() = 0;
    /// Off the clock: says goodbye, if it can.
    virtual Task<void> leave() = 0;
};

/// Where a session lives: the loop of that index, and which of the sessions it is, from 0 on.
struct Place {
    net::Loop& loop;
    Tally& tally;
    unsigned number;
};
using MakeSession = std::function<std::unique_ptr<Session>(Place)>;

enum class Preparation {
    on_the_clock, ///< sessions open when they begin to work
    before,       ///< all are ready before the clock starts
};

/// Makes `options.connections` sessions, runs them to the end and prints the result. With `gate`, says
/// {"ready": N} when they are prepared and waits for a line, or the end, of stdin. Returns the exit code.
int drive(Run& run, const CommonOptions& options, Preparation preparation, const MakeSession& make);

/// {"ready": N} on stdout, at once.
void announce_ready(std::size_t count);
/// Says on stderr why there is nothing to measure; returns the exit code.
int cannot_run(const base::Failure& failure);

} // namespace mansio::load
