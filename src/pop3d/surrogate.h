#pragma once
#include <string>
#include <string_view>

namespace mansio::pop3d {

/// A header without 8-bit bytes for clients that did not say UTF8: the simplified downgrading of rfc6858#2.
/// Names and subjects become encoded words; an address that can't be written in ASCII becomes
/// invalid@internationalized-address.invalid with its name kept; other fields with 8-bit bytes are left out.
/// `header` ends with its empty line, and so does the result. CRLF line ends.
std::string surrogate_header(std::string_view header);

} // namespace mansio::pop3d
