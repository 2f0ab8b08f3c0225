#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace mansio::base {

/// Wall-clock seconds since 1970-01-01 UTC: what is stored and shown.
using Seconds = std::int64_t;
/// Wall-clock milliseconds since 1970-01-01 UTC: due times, trace events.
using Millis = std::int64_t;

/// Deadlines are of the steady clock: a changed wall clock moves none of them.
using SteadyTime = std::chrono::steady_clock::time_point;

struct Deadline {
    SteadyTime at;
    static Deadline after(std::chrono::milliseconds wait)
    {
        return {std::chrono::steady_clock::now() + wait};
    }
    bool passed() const { return std::chrono::steady_clock::now() >= at; }
};

/// The door to the wall clock. Rooms take a `const Clock&`; tests pass a FakeClock.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Millis now_millis() const = 0;
    Seconds now() const { return now_millis() / 1000; }
};

class SystemClock final : public Clock {
public:
    Millis now_millis() const override;
};

class FakeClock final : public Clock {
public:
    explicit FakeClock(Millis start = 1'700'000'000'000)
        : m_now(start)
    {
    }
    Millis now_millis() const override { return m_now; }
    void advance(Millis by) { m_now += by; }

private:
    Millis m_now;
};

/// "Mon, 23 Nov 2026 04:41:59 +0000", rfc5322#3.3, always in UTC.
std::string format_rfc5322_date(Seconds time);
/// "2026-11-23T04:41:59.123Z": logs and JSON.
std::string format_iso8601(Millis time);

} // namespace mansio::base
