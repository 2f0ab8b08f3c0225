#pragma once
#include <string_view>

namespace mansio::imapd {

/// Does the whole name match a LIST pattern ("*" anything, "%" anything but "/")? INBOX matches in any case.
/// rfc9051#6.3.9. Costs at most name times pattern.
bool name_matches(std::string_view pattern, std::string_view name);

} // namespace mansio::imapd
