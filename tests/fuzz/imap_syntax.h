#pragma once
#include <cstddef>
#include <string_view>

namespace mansio::fuzz {

/// Steps over one value as servers send it (rfc9051#9): NIL, a number, an atom, a quoted string, a literal,
/// or a list of these in parentheses. False when there is none, or when it is not well formed.
bool skip_imap_value(std::string_view text, std::size_t& at);

} // namespace mansio::fuzz
