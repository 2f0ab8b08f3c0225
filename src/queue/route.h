#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::queue {

/// Where a person or a setting sends mail instead of the MX.
struct Route {
    std::string host; ///< a name, or an address without brackets
    std::uint16_t port = 0;
    bool operator==(const Route&) const = default;
};

/// "host", "host:port", "192.0.2.1:port" or "[address]:port"; nothing when it is none of these.
std::optional<Route> parse_route(std::string_view text, std::uint16_t default_port = 25);

/// The domain of a forward path in lower case; "" when it has none ("postmaster").
std::string domain_of(std::string_view forward_path);

} // namespace mansio::queue
