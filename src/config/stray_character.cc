#include "config/stray_character.h"

#include <algorithm>

namespace mansio::config {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// TOML has none of them anywhere, and at a NUL the parser loses its place.
bool is_control(char c)
{
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

/// Behind a string of one line that begins at `at`; an unfinished one ends with its line.
std::size_t skip_string(std::string_view text, std::size_t at)
{
    const char quote = text[at];
    for (++at; at < text.size() && text[at] != '\n'; ++at) {
        if (text[at] == quote)
            return at + 1;
        if (text[at] == '\\' && quote == '"')
            ++at;
    }
    return std::min(at, text.size());
}

/// Behind a string of several lines. One or two quotes more before the last three belong to it.
std::size_t skip_long_string(std::string_view text, std::size_t at)
{
    const std::string_view quotes = text.substr(at, 3);
    for (at += 3; at < text.size(); ++at) {
        if (text.substr(at).starts_with(quotes)) {
            at += 3;
            for (int more = 0; more < 2 && at < text.size() && text[at] == quotes[0]; ++more)
                ++at;
            return at;
        }
        if (text[at] == '\\' && quotes[0] == '"')
            ++at;
    }
    return text.size();
}

std::size_t skip(std::string_view text, std::size_t at)
{
    const std::string_view rest = text.substr(at);
    if (rest[0] == '#')
        return at + std::min(rest.find('\n'), rest.size());
    if (rest.starts_with("\"\"\"") || rest.starts_with("'''"))
        return skip_long_string(text, at);
    if (rest[0] == '"' || rest[0] == '\'')
        return skip_string(text, at);
    return at + 1;
}

} // namespace

std::optional<std::size_t> find_stray_character(std::string_view text)
{
    const auto line_of = [&](std::size_t place) {
        return static_cast<std::size_t>(std::ranges::count(text.substr(0, place), '\n')) + 1;
    };
    const auto* const control = std::ranges::find_if(text, is_control);
    if (control != text.end())
        return line_of(static_cast<std::size_t>(control - text.begin()));
    std::size_t at = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
    for (; at < text.size(); at = skip(text, at))
        if (static_cast<unsigned char>(text[at]) >= 0x80)
            return line_of(at);
    return std::nullopt;
}

} // namespace mansio::config
