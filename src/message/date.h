#pragma once
#include "base/time.h"

#include <optional>
#include <string>
#include <string_view>

namespace mansio::message {

struct DateTime {
    base::Seconds time = 0; ///< since 1970 UTC
    std::int32_t zone = 0;  ///< minutes east of UTC, as written
    bool operator==(const DateTime&) const = default;
};

/// rfc5322#3.3 and #4.3: day name optional, comments anywhere, 2- and 3-digit years, named zones, seconds
/// optional, missing zone is UTC. Nothing when day, month, year or time can't be found or are out of range.
std::optional<DateTime> parse_date(std::string_view value);

/// A calendar day: days since 1970 in the zone it was written in. For SENTON and its like.
std::int64_t written_day(const DateTime& date);
/// Days since 1970-01-01 of a date; nothing when it does not exist.
std::optional<std::int64_t> days_from_civil(std::int64_t year, unsigned month, unsigned day);

/// "17-Jul-1996 02:44:25 -0700" (rfc9051#9 date-time, without quotes; a leading space stands for a day below
/// 10).
std::optional<DateTime> parse_internal_date(std::string_view text);
std::string format_internal_date(const DateTime& date);
/// "17-Jul-1996" or "7-Jul-1996": days since 1970.
std::optional<std::int64_t> parse_imap_date(std::string_view text);

} // namespace mansio::message
