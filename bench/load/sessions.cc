#include "load/sessions.h"

#include <cstdio>
#include <fmt/format.h>
#include <iostream>
#include <latch>
#include <vector>

namespace mansio::load {
namespace {

/// A server's queue of connections is short: at most so many of a loop are being prepared at once.
constexpr unsigned prepared_at_once = 32;

struct Seat {
    Place place;
    std::unique_ptr<Session> session;
    bool broken = false;
};

/// All sessions of one loop.
using Row = std::vector<Seat>;

/// Several of these share a row; each takes the next seat.
Task<void> prepare_next(Row& row, std::size_t& next)
{
    while (next < row.size()) {
        Seat& seat = row[next++];
        auto prepared = co_await seat.session->prepare();
        if (prepared)
            continue;
        seat.broken = true;
        seat.place.tally.failed("prepare: " + prepared.error().cause);
    }
}

class Driver {
public:
    Driver(Run& run, const CommonOptions& options, const MakeSession& make)
        : m_run(run)
        , m_rows(run.loops().size())
    {
        for (unsigned number = 0; number < options.connections; ++number) {
            const unsigned loop = number % run.loops().size();
            const Place place{run.loops().at(loop), run.tally(loop), number};
            m_rows[loop].push_back({place, make(place)});
        }
    }

    void prepare()
    {
        std::vector<std::size_t> next(m_rows.size());
        std::latch done(static_cast<std::ptrdiff_t>(m_rows.size() * prepared_at_once));
        for (std::size_t loop = 0; loop < m_rows.size(); ++loop)
            for (unsigned i = 0; i < prepared_at_once; ++i)
                base::spawn(m_run.loops().at(static_cast<unsigned>(loop)),
                            prepare_next(m_rows[loop], next[loop]), "prepare",
                            [&done] { done.count_down(); });
        done.wait();
    }

    /// Runs one phase of every session that was prepared.
    void each(Task<void> (Session::*phase)(), std::string_view what)
    {
        std::latch done(static_cast<std::ptrdiff_t>(sound()));
        for (Row& row : m_rows)
            for (Seat& seat : row)
                if (!seat.broken)
                    base::spawn(seat.place.loop, (seat.session.get()->*phase)(), what,
                                [&done] { done.count_down(); });
        done.wait();
    }

    std::size_t sound() const
    {
        std::size_t count = 0;
        for (const Row& row : m_rows)
            for (const Seat& seat : row)
                count += seat.broken ? 0 : 1;
        return count;
    }

private:
    Run& m_run;
    std::vector<Row> m_rows;
};

} // namespace

int drive(Run& run, const CommonOptions& options, Preparation preparation, const MakeSession& make)
{
    Driver driver(run, options, make);
    if (options.gate || preparation == Preparation::before)
        driver.prepare();
    if (options.gate) {
        announce_ready(driver.sound());
        std::string line;
        std::getline(std::cin, line);
    }
    run.begin();
    driver.each(&Session::work, "work");
    run.end();
    const int exit_code = run.report();
    driver.each(&Session::leave, "leave");
    run.loops().stop();
    run.loops().join();
    return exit_code;
}

void announce_ready(std::size_t count)
{
    fmt::print("{{\"ready\": {}}}\n", count);
    std::fflush(stdout);
}

int cannot_run(const base::Failure& failure)
{
    fmt::print(stderr, "mansio-load: {}\n", failure.cause);
    return 1;
}

} // namespace mansio::load
