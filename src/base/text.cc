#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace mansio::base {

std::string to_lower(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), ascii_lower);
    return out;
}

std::string to_upper(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), ascii_upper);
    return out;
}

bool equal_icase(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return ascii_lower(x) == ascii_lower(y);
           });
}

bool starts_with_icase(std::string_view text, std::string_view prefix)
{
    return text.size() >= prefix.size() && equal_icase(text.substr(0, prefix.size()), prefix);
}

std::size_t find_icase(std::string_view text, std::string_view needle, std::size_t from)
{
    for (std::size_t at = from; at + needle.size() <= text.size(); ++at)
        if (equal_icase(text.substr(at, needle.size()), needle))
            return at;
    return std::string_view::npos;
}

std::string_view trim(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        return {};
    const auto last = text.find_last_not_of(" \t\r\n");
    return text.substr(first, last - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> pieces;
    for (std::size_t from = 0;;) {
        const auto at = text.find(separator, from);
        pieces.push_back(text.substr(from, at - from));
        if (at == std::string_view::npos)
            return pieces;
        from = at + 1;
    }
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max)
{
    if (text.empty() || !std::ranges::all_of(text, is_digit))
        return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > max)
        return std::nullopt;
    return value;
}

bool is_ascii(std::string_view text)
{
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

namespace {

/// Length of the well-formed UTF-8 sequence at the start of `text`, 0 if there is none. rfc3629#4
std::size_t utf8_length(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = lead == 0xED ? 0x9F : 0xBF;
        return tail(1, low, high) && tail(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
        return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

} // namespace

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string escape_for_log(std::string_view text, std::size_t max)
{
    std::string out;
    while (!text.empty()) {
        if (out.size() >= max)
            return out + "…";
        const auto byte = static_cast<unsigned char>(text.front());
        const std::size_t length = utf8_length(text);
        const bool c1 = length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
        if (byte == '\n')
            out += "\\n";
        else if (byte == '\r')
            out += "\\r";
        else if (byte == '\t')
            out += "\\t";
        else if (length > 1 && !c1) {
            out += text.substr(0, length);
            text.remove_prefix(length);
            continue;
        } else if (byte < 0x20 || byte >= 0x7F || byte == '\\')
            out += fmt::format("\\x{:02x}", byte);
        else
            out += static_cast<char>(byte);
        text.remove_prefix(1);
    }
    return out;
}

} // namespace mansio::base
