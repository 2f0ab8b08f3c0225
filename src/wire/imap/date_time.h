#pragma once
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::wire::imap {

/// Days since 1970-01-01.
using Day = std::int32_t;

/// `date` of rfc9051#9 without its quotes: "1-Feb-1994", also "01-Feb-1994".
std::optional<Day> parse_date(std::string_view text);
/// `date-time` of rfc9051#9 without its quotes: "17-Jul-1996 02:44:25 -0700"; a first digit may be a space.
std::optional<base::Seconds> parse_date_time(std::string_view text);
/// "17-Jul-1996 09:44:25 +0000", always in UTC: stored times carry no zone.
std::string format_date_time(base::Seconds time);
/// The UTC day of a time.
Day day_of(base::Seconds time);

} // namespace mansio::wire::imap
