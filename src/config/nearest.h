#pragma once
#include <cstddef>
#include <span>
#include <string_view>

namespace mansio::config {

/// How many letters to change, add, drop or swap with their neighbour to get from one to the other.
std::size_t edit_distance(std::string_view from, std::string_view to);
/// The candidate with the least distance, or empty when none is near (more than a third of the letters
/// wrong).
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

} // namespace mansio::config
