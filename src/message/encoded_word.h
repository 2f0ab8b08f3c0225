#pragma once
#include "message/structure.h"

#include <optional>
#include <string>
#include <string_view>

namespace mansio::message {

/// Header text to UTF-8: folds undone, encoded words decoded (rfc2047), the white space between two of them
/// dropped, raw 8-bit text read as UTF-8 or else windows-1252. Words that are not well formed stay as they
/// are.
std::string decode_header_text(std::string_view value);

/// UTF-8 to header text: ASCII as it is; else encoded words (=?utf-8?Q?...?= or B, the shorter) of at most 75
/// bytes, separated by single spaces. Never cuts a character in two. Line ends become spaces.
std::string encode_header_text(std::string_view utf8);
/// One encoding for any bytes: `charset` names what they are.
std::string encode_words(std::string_view bytes, std::string_view charset);

/// A parameter's value in UTF-8: `name*0*=`, `name*=` and `name*1=` pieces joined and decoded (rfc2231), else
/// the plain value with encoded words decoded, as many senders write them. Nothing when absent.
std::optional<std::string> decode_parameter(const Parameters& parameters, std::string_view name);

} // namespace mansio::message
