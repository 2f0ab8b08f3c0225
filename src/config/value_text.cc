#include "config/value_text.h"

#include "base/text.h"

#include <fmt/format.h>

#include <array>

namespace mansio::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// Largest first: format_with takes the first that divides.
constexpr std::array size_units = {Unit{"TiB", 1ULL << 40}, Unit{"GiB", 1ULL << 30}, Unit{"MiB", 1ULL << 20},
                                   Unit{"KiB", 1ULL << 10}, Unit{"B", 1}};
constexpr std::array duration_units = {Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                                       Unit{"s", 1000}, Unit{"ms", 1}};

std::optional<std::uint64_t> parse_with(std::span<const Unit> units, std::string_view text)
{
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = base::parse_number(text.substr(0, digits));
    if (!count)
        return std::nullopt;
    for (const Unit& unit : units)
        if (base::equal_icase(unit.name, text.substr(digits))) {
            if (*count > UINT64_MAX / unit.factor)
                return std::nullopt;
            return *count * unit.factor;
        }
    return std::nullopt;
}

std::string format_with(std::span<const Unit> units, std::uint64_t value)
{
    for (const Unit& unit : units)
        if (value != 0 && value % unit.factor == 0)
            return fmt::format("{}{}", value / unit.factor, unit.name);
    return {};
}

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '"';
}

std::string format_list(const std::vector<std::string>& items)
{
    std::string out = "[";
    for (const std::string& item : items) {
        if (out.size() > 1)
            out += ", ";
        out += quoted(item);
    }
    return out + "]";
}

std::string format_count(const Row& row, std::uint64_t value)
{
    switch (row.kind) {
    case Kind::size: return format_size(value);
    case Kind::duration: return format_duration(value);
    default: return std::to_string(value);
    }
}

} // namespace

std::optional<std::uint64_t> parse_size(std::string_view text)
{
    if (const auto bytes = base::parse_number(text))
        return bytes;
    return parse_with(size_units, text);
}

std::string format_size(std::uint64_t bytes)
{
    return bytes == 0 ? "0" : format_with(size_units, bytes);
}

std::optional<std::uint64_t> parse_duration(std::string_view text)
{
    return parse_with(duration_units, text);
}

std::string format_duration(std::uint64_t milliseconds)
{
    return milliseconds == 0 ? "0s" : format_with(duration_units, milliseconds);
}

std::string format_value(const Row& row, const Value& value)
{
    switch (row.kind) {
    case Kind::flag: return std::get<bool>(value) ? "true" : "false";
    case Kind::number: return std::to_string(std::get<std::uint64_t>(value));
    case Kind::size: return quoted(format_size(std::get<std::uint64_t>(value)));
    case Kind::duration: return quoted(format_duration(std::get<std::uint64_t>(value)));
    case Kind::text:
    case Kind::path: return quoted(std::get<std::string>(value));
    case Kind::list: return format_list(std::get<std::vector<std::string>>(value));
    case Kind::choice: return quoted(row.words[std::get<std::uint64_t>(value)]);
    }
    return {};
}

std::string format_range(const Row& row)
{
    switch (row.kind) {
    case Kind::flag: return "true | false";
    case Kind::number:
    case Kind::size:
    case Kind::duration: return format_count(row, row.min) + " to " + format_count(row, row.max);
    case Kind::text: return row.secrecy == Secrecy::secret ? "text, kept secret" : "text";
    case Kind::path: return "path";
    case Kind::list: return "list of texts";
    case Kind::choice: return fmt::format("{}", fmt::join(row.words, " | "));
    }
    return {};
}

} // namespace mansio::config
