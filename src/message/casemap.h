#pragma once
#include <string>
#include <string_view>

namespace mansio::message {

/// The form in which i;unicode-casemap compares (rfc5051#2): each character in title case and decomposed.
/// Two texts are equal, or one comes before the other, as the bytes of their forms do. Input is UTF-8; broken
/// bytes are U+FFFD. SEARCH compares more loosely: fold_for_search().
std::string casemap(std::string_view utf8);

} // namespace mansio::message
