#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mansio::relay {

/// The A-label form of a domain name (rfc5891), in lower case; nothing when it has none. ASCII stays as it
/// is.
std::optional<std::string> to_ascii_domain(std::string_view domain);
/// The address with its domain in ASCII; nothing when its local part is not ASCII or the domain has no such
/// form.
std::optional<std::string> to_ascii_address(std::string_view address);

} // namespace mansio::relay
