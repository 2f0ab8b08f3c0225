#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mansio::message {

/// True when to_utf8 has a real converter for this name (rfc2978 names and aliases).
bool is_known_charset(std::string_view charset);

/// To well-formed UTF-8. Bytes the charset has no meaning for become U+FFFD. An unknown or empty charset is
/// read as UTF-8 when the bytes are that, else as windows-1252 (which real unlabelled mail most often is).
std::string to_utf8(std::string_view bytes, std::string_view charset);

/// The form in which SEARCH compares (in the manner of i;unicode-casemap, rfc5051): NFKD, full case folding,
/// without combining marks, white space runs as one space. So "Muller" finds "Müller". Input is UTF-8; broken
/// bytes are U+FFFD.
std::string fold_for_search(std::string_view utf8);

} // namespace mansio::message
