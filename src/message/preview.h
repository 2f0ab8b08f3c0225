#pragma once
#include "message/structure.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace mansio::message {

constexpr std::size_t preview_characters = 200; ///< rfc8970#3.3; at most 256 are allowed

/// The beginning of what a person would read of a message: one line of UTF-8 text, at most
/// preview_characters long, without markup, quoted lines and signatures; "" where there is nothing to read
/// (an encrypted message, a picture). Only the first kilobytes of a part are looked at: the cost does not
/// grow with the message.
std::string preview_text(std::string_view message, const Structure& structure);

/// HTML without its tags, scripts and styles, character references resolved; block elements leave a space.
/// Linear in the input, which may end anywhere.
std::string text_of_html(std::string_view html);

} // namespace mansio::message
