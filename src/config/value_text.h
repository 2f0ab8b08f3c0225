#pragma once
#include "config/setting.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::config {

/// "50MiB", "512KiB", "4096", "4096B", "1GiB", "1TiB": bytes. Whole numbers only; nothing on overflow.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

/// "250ms", "30s", "5m", "4h", "5d": milliseconds. A unit is always written; nothing on overflow.
std::optional<std::uint64_t> parse_duration(std::string_view text);
std::string format_duration(std::uint64_t milliseconds);

/// A value as it is written in the file.
std::string format_value(const Row& row, const Value& value);
/// What a row takes: "1 to 100", "30s to 5m", "smtp | imap", "true | false", "text".
std::string format_range(const Row& row);

} // namespace mansio::config
