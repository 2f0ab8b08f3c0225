#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::base {

// ASCII only, on purpose: protocols compare keywords this way, whatever the locale.
constexpr char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
constexpr char ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
constexpr bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c)
{
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool equal_icase(std::string_view a, std::string_view b);
bool starts_with_icase(std::string_view text, std::string_view prefix);
/// Position of `needle` in `text`, ASCII case ignored, or npos.
std::size_t find_icase(std::string_view text, std::string_view needle, std::size_t from = 0);

/// Without leading and trailing SP, HTAB, CR and LF.
std::string_view trim(std::string_view text);
/// Pieces between separators, empty ones included; "" gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Digits only, no sign, no space, whole text; nothing on overflow or over `max`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max = UINT64_MAX);

/// True when every byte is ASCII.
bool is_ascii(std::string_view text);
/// True when the bytes are well-formed UTF-8 (rfc3629): no surrogates, no overlong forms, at most U+10FFFF.
bool is_utf8(std::string_view text);

/// For logs: printable ASCII and well-formed UTF-8 as they are; C0, C1, DEL, backslash and broken bytes as
/// \xNN, \n, \r, \t; cut after `max` bytes with "…". One event stays one line, whatever a peer sends.
std::string escape_for_log(std::string_view text, std::size_t max = 512);

} // namespace mansio::base
