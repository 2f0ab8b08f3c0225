#include "base/time.h"

#include <array>
#include <fmt/format.h>

namespace mansio::base {
namespace {

constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
    std::chrono::year_month_day date;
    std::chrono::weekday weekday;
    std::chrono::hh_mm_ss<std::chrono::seconds> clock;
};

Civil civil(Seconds time)
{
    const std::chrono::sys_seconds at{std::chrono::seconds{time}};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    return {day, std::chrono::weekday{day}, std::chrono::hh_mm_ss{at - day}};
}

} // namespace

Millis SystemClock::now_millis() const
{
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

std::string format_rfc5322_date(Seconds time)
{
    const Civil at = civil(time);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", days[at.weekday.c_encoding()],
                       static_cast<unsigned>(at.date.day()),
                       months[static_cast<unsigned>(at.date.month()) - 1], static_cast<int>(at.date.year()),
                       at.clock.hours().count(), at.clock.minutes().count(), at.clock.seconds().count());
}

std::string format_iso8601(Millis time)
{
    const Seconds whole = time >= 0 ? time / 1000 : (time - 999) / 1000;
    const Civil at = civil(whole);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(at.date.year()),
                       static_cast<unsigned>(at.date.month()), static_cast<unsigned>(at.date.day()),
                       at.clock.hours().count(), at.clock.minutes().count(), at.clock.seconds().count(),
                       time - whole * 1000);
}

} // namespace mansio::base
