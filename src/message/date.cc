#include "message/date.h"

#include "base/text.h"

#include <array>
#include <cstdlib>
#include <fmt/core.h>
#include <utility>
#include <vector>

namespace mansio::message {

namespace {

constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// A date field is short; the rest of a longer one is not looked at.
constexpr std::size_t max_date = 500;

/// 1 to 12 from the first three letters, 0 for no month.
unsigned month_of(std::string_view word)
{
    for (unsigned i = 0; i < month_names.size(); ++i)
        if (word.size() >= 3 && base::equal_icase(word.substr(0, 3), month_names[i]))
            return i + 1;
    return 0;
}

std::string without_comments(std::string_view text)
{
    std::string out;
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && depth > 0)
            ++i;
        else if (text[i] == '(')
            ++depth;
        else if (text[i] == ')' && depth > 0)
            --depth;
        else if (depth == 0)
            out += text[i];
    }
    return out;
}

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// "09 : 55" as "09:55": the old form lets white space and comments stand there.
std::string without_space_at_colons(std::string_view text)
{
    std::string out;
    for (char c : text) {
        if (c == ':')
            while (!out.empty() && is_space(out.back()))
                out.pop_back();
        if (!is_space(c) || !out.ends_with(':'))
            out += c;
    }
    return out;
}

/// Words between white space and commas; "17-Jul-1996" gives three.
std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> words;
    std::string word;
    auto flush = [&] {
        if (!word.empty())
            words.push_back(std::exchange(word, {}));
    };
    for (char c : text) {
        bool dash_in_date = c == '-' && !word.empty() && word.find(':') == std::string::npos;
        if (is_space(c) || c == ',' || dash_in_date)
            flush();
        else
            word += c;
    }
    flush();
    return words;
}

bool is_number(std::string_view word)
{
    return base::parse_number(word, 9999).has_value();
}

unsigned number(std::string_view word)
{
    return static_cast<unsigned>(base::parse_number(word, 9999).value_or(9999));
}

/// rfc5322#4.3: two digits up to 49 are 2000 and later; three digits count from 1900.
unsigned full_year(std::string_view word)
{
    unsigned year = number(word);
    if (word.size() == 2)
        return year + (year < 50 ? 2000 : 1900);
    return word.size() == 3 ? year + 1900 : year;
}

struct TimeOfDay {
    unsigned hour = 0, minute = 0, second = 0;
};

std::optional<TimeOfDay> parse_time(std::string_view word)
{
    auto pieces = base::split(word, ':');
    if (pieces.size() < 2 || pieces.size() > 3)
        return std::nullopt;
    for (std::string_view piece : pieces)
        if (piece.empty() || piece.size() > 2 || !is_number(piece))
            return std::nullopt;
    TimeOfDay time{number(pieces[0]), number(pieces[1]), pieces.size() == 3 ? number(pieces[2]) : 0};
    if (time.hour > 23 || time.minute > 59 || time.second > 60)
        return std::nullopt;
    return time;
}

/// "+hhmm" in minutes. "-0000" is UTC.
std::optional<std::int32_t> numeric_zone(std::string_view word)
{
    if (word.size() != 5 || (word[0] != '+' && word[0] != '-') || !base::parse_number(word.substr(1)))
        return std::nullopt;
    auto hours = static_cast<std::int32_t>(number(word.substr(1, 2)));
    auto minutes = static_cast<std::int32_t>(number(word.substr(3, 2)));
    if (minutes > 59)
        return std::nullopt;
    std::int32_t zone = hours * 60 + minutes;
    return word[0] == '-' ? -zone : zone;
}

/// Zone names of rfc5322#4.3; unknown ones, and the military letters, are UTC.
std::int32_t zone_of(std::string_view word)
{
    struct Named {
        std::string_view name;
        std::int32_t hours;
    };
    static constexpr Named zones[] = {{"EDT", -4}, {"EST", -5}, {"CDT", -5}, {"CST", -6}, {"MDT", -6},
                                      {"MST", -7}, {"PDT", -7}, {"PST", -8}, {"BST", 1},  {"CET", 1},
                                      {"MET", 1},  {"CEST", 2}, {"EET", 2},  {"EEST", 3}, {"JST", 9}};
    if (auto zone = numeric_zone(word))
        return *zone;
    for (const Named& named : zones)
        if (base::equal_icase(word, named.name))
            return named.hours * 60;
    return 0;
}

std::optional<DateTime> join(std::int64_t days, TimeOfDay time, std::int32_t zone)
{
    DateTime out;
    out.zone = zone;
    out.time = days * 86400 + time.hour * 3600 + time.minute * 60 + time.second - std::int64_t{zone} * 60;
    return out;
}

struct CivilDay {
    std::int64_t year;
    unsigned month, day;
};

/// Proleptic Gregorian; counts in eras of 400 years that begin in March.
CivilDay civil_from_days(std::int64_t days)
{
    days += 719468;
    std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    std::int64_t day_of_era = days - era * 146097;
    std::int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    std::int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    std::int64_t shifted = (5 * day_of_year + 2) / 153;
    auto day = static_cast<unsigned>(day_of_year - (153 * shifted + 2) / 5 + 1);
    auto month = static_cast<unsigned>(shifted < 10 ? shifted + 3 : shifted - 9);
    return {year + era * 400 + (month <= 2), month, day};
}

std::int64_t floor_divide(std::int64_t value, std::int64_t by)
{
    return value / by - (value % by < 0);
}

/// Date words in either order: "20 Nov 1997" or, as asctime() writes, "Nov 20" with the year last.
struct DateWords {
    std::string day, month, year;
    std::size_t next = 0; ///< first word after the date
};

std::optional<DateWords> find_date(const std::vector<std::string>& words)
{
    for (std::size_t i = 0; i + 1 < words.size() && i < 4; ++i) {
        if (month_of(words[i]) == 0)
            continue;
        if (i > 0 && is_number(words[i - 1]) && is_number(words[i + 1]))
            return DateWords{words[i - 1], words[i], words[i + 1], i + 2};
        if (i + 3 < words.size() && is_number(words[i + 1]) && parse_time(words[i + 2]))
            return DateWords{words[i + 1], words[i], words.back(), i + 2};
    }
    return std::nullopt;
}

} // namespace

std::optional<std::int64_t> days_from_civil(std::int64_t year, unsigned month, unsigned day)
{
    static constexpr unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1 || year < 0 || year > 9999)
        return std::nullopt;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > lengths[month - 1] + (leap && month == 2 ? 1u : 0u))
        return std::nullopt;
    std::int64_t shifted_year = month <= 2 ? year - 1 : year;
    std::int64_t era = (shifted_year >= 0 ? shifted_year : shifted_year - 399) / 400;
    std::int64_t year_of_era = shifted_year - era * 400;
    std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

std::optional<DateTime> parse_date(std::string_view value)
{
    auto words = words_of(without_space_at_colons(without_comments(value.substr(0, max_date))));
    auto date = find_date(words);
    if (!date || date->day.size() > 2 || date->year.size() < 2 || date->year.size() > 4)
        return std::nullopt;
    auto days = days_from_civil(full_year(date->year), month_of(date->month), number(date->day));
    if (!days || date->next >= words.size())
        return std::nullopt;
    auto time = parse_time(words[date->next]);
    if (!time)
        return std::nullopt;
    std::string_view zone = date->next + 1 < words.size() ? std::string_view(words[date->next + 1]) : "";
    return join(*days, *time, zone_of(zone));
}

std::int64_t written_day(const DateTime& date)
{
    return floor_divide(date.time + std::int64_t{date.zone} * 60, 86400);
}

std::optional<std::int64_t> parse_imap_date(std::string_view text)
{
    auto pieces = base::split(text, '-');
    if (pieces.size() != 3 || pieces[0].empty() || pieces[0].size() > 2 || pieces[1].size() != 3 ||
        pieces[2].size() != 4 || !is_number(pieces[0]) || !is_number(pieces[2]))
        return std::nullopt;
    return days_from_civil(number(pieces[2]), month_of(pieces[1]), number(pieces[0]));
}

std::optional<DateTime> parse_internal_date(std::string_view text)
{
    if (text.starts_with(' '))
        text.remove_prefix(1);
    auto words = base::split(text, ' ');
    if (words.size() != 3 || words[1].size() != 8)
        return std::nullopt;
    auto days = parse_imap_date(words[0]);
    auto time = parse_time(words[1]);
    auto zone = numeric_zone(words[2]);
    if (!days || !time || !zone)
        return std::nullopt;
    return join(*days, *time, *zone);
}

std::string format_internal_date(const DateTime& date)
{
    std::int64_t local = date.time + std::int64_t{date.zone} * 60;
    std::int64_t days = floor_divide(local, 86400);
    std::int64_t second = local - days * 86400;
    CivilDay civil = civil_from_days(days);
    std::int32_t zone = std::abs(date.zone);
    return fmt::format("{:02}-{}-{:04} {:02}:{:02}:{:02} {}{:02}{:02}", civil.day,
                       month_names[civil.month - 1], civil.year, second / 3600, second / 60 % 60, second % 60,
                       date.zone < 0 ? '-' : '+', zone / 60, zone % 60);
}

} // namespace mansio::message
