#include "queue/route.h"

#include "base/text.h"

#include <algorithm>

namespace mansio::queue {
namespace {

bool is_host(std::string_view text)
{
    const auto fits = [](char c) {
        return base::is_alpha(c) || base::is_digit(c) || c == '.' || c == '-' || c == '_' || c == ':';
    };
    return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, fits);
}

} // namespace

std::optional<Route> parse_route(std::string_view text, std::uint16_t default_port)
{
    std::string_view host = text;
    std::string_view port;
    bool has_port = false;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos)
            return std::nullopt;
        host = text.substr(1, end - 1);
        std::string_view rest = text.substr(end + 1);
        has_port = !rest.empty();
        if (has_port && !rest.starts_with(':'))
            return std::nullopt;
        port = has_port ? rest.substr(1) : rest;
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        has_port = true;
    }
    const auto number =
        has_port ? base::parse_number(port, 65'535) : std::optional<std::uint64_t>(default_port);
    if (!is_host(host) || !number || *number == 0)
        return std::nullopt;
    return Route{base::to_lower(host), static_cast<std::uint16_t>(*number)};
}

std::string domain_of(std::string_view forward_path)
{
    // The last "@": a quoted local part may hold others.
    const std::size_t at = forward_path.rfind('@');
    return at == std::string_view::npos ? std::string() : base::to_lower(forward_path.substr(at + 1));
}

} // namespace mansio::queue
