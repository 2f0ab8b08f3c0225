#pragma once
#include "base/outcome.h"

#include <string>
#include <string_view>
#include <vector>

namespace mansio::mailbox {

inline constexpr char separator = '/';
inline constexpr std::size_t max_name_size = 1000; ///< octets of a whole name; long enough for any client
inline constexpr std::size_t max_levels = 50;

/// A mailbox name as kept: well-formed UTF-8 without controls, no empty level, INBOX as first level in
/// capitals.
base::Outcome<std::string> normalise_name(std::string_view name);
/// "a/b/c" has parents "a", "a/b".
std::vector<std::string> parents_of(std::string_view name);
/// True for "a/b" and "a/b/c" below "a".
bool is_below(std::string_view name, std::string_view parent);

} // namespace mansio::mailbox
