#include "wire/imap/date_time.h"

#include "base/text.h"

#include <array>
#include <chrono>
#include <fmt/format.h>

namespace mansio::wire::imap {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr base::Seconds seconds_a_day = 86'400;

std::optional<unsigned> month_number(std::string_view name)
{
    for (unsigned i = 0; i < months.size(); ++i)
        if (base::equal_icase(months[i], name))
            return i + 1;
    return std::nullopt;
}

std::optional<unsigned> number(std::string_view text, unsigned max)
{
    const auto value = base::parse_number(text, max);
    return value ? std::optional(static_cast<unsigned>(*value)) : std::nullopt;
}

/// "hh:mm:ss" to seconds of the day; a leap second counts as the one before.
std::optional<base::Seconds> parse_time(std::string_view text)
{
    if (text.size() != 8 || text[2] != ':' || text[5] != ':')
        return std::nullopt;
    const auto hour = number(text.substr(0, 2), 23);
    const auto minute = number(text.substr(3, 2), 59);
    const auto second = number(text.substr(6, 2), 60);
    if (!hour || !minute || !second)
        return std::nullopt;
    return base::Seconds{*hour} * 3600 + *minute * 60 + std::min(*second, 59U);
}

std::optional<base::Seconds> parse_zone(std::string_view text)
{
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-'))
        return std::nullopt;
    const auto hours = number(text.substr(1, 2), 99);
    const auto minutes = number(text.substr(3, 2), 59);
    if (!hours || !minutes)
        return std::nullopt;
    const base::Seconds offset = base::Seconds{*hours} * 3600 + *minutes * 60;
    return text[0] == '-' ? -offset : offset;
}

} // namespace

std::optional<Day> parse_date(std::string_view text)
{
    const auto parts = base::split(text, '-');
    if (parts.size() != 3 || parts[0].size() > 2 || parts[2].size() != 4)
        return std::nullopt;
    const auto day = number(parts[0], 31);
    const auto month = month_number(parts[1]);
    const auto year = number(parts[2], 9999);
    if (!day || !month || !year)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(*month), std::chrono::day(*day)};
    if (!date.ok())
        return std::nullopt;
    return static_cast<Day>(std::chrono::sys_days(date).time_since_epoch().count());
}

std::optional<base::Seconds> parse_date_time(std::string_view text)
{
    if (text.starts_with(' '))
        text.remove_prefix(1); // date-day-fixed: " 1-Jan-2026"
    const auto parts = base::split(text, ' ');
    if (parts.size() != 3)
        return std::nullopt;
    const auto day = parse_date(parts[0]);
    const auto time = parse_time(parts[1]);
    const auto zone = parse_zone(parts[2]);
    if (!day || !time || !zone)
        return std::nullopt;
    return *day * seconds_a_day + *time - *zone;
}

Day day_of(base::Seconds time)
{
    const base::Seconds day = time / seconds_a_day;
    return static_cast<Day>(time % seconds_a_day < 0 ? day - 1 : day);
}

std::string format_date_time(base::Seconds time)
{
    const Day day = day_of(time);
    const base::Seconds rest = time - day * seconds_a_day;
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
    return fmt::format("{:02}-{}-{:04} {:02}:{:02}:{:02} +0000", static_cast<unsigned>(date.day()),
                       months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                       rest / 3600, rest / 60 % 60, rest % 60);
}

} // namespace mansio::wire::imap
