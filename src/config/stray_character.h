#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace mansio::config {

/// The line, from 1, of the first control character in a TOML file or, where there is none, of the first byte
/// over 127 that stands neither in a string nor in a comment, where no such character belongs. To be asked
/// before the file is parsed: the parser looks such characters up in tables that end in undefined behaviour
/// for many of them. A byte order mark at the start is let through. Where the file is no TOML the answer
/// holds up to the first mistake.
std::optional<std::size_t> find_stray_character(std::string_view text);

} // namespace mansio::config
