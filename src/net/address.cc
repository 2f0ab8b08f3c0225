#include "net/address.h"

#include "base/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <fmt/format.h>

namespace mansio::net {
namespace {

constexpr std::array<std::uint8_t, 12> v4_mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool in_v4_network(std::string_view bytes, std::array<std::uint8_t, 4> network, unsigned bits)
{
    std::uint32_t a = 0, b = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        a = a << 8 | static_cast<std::uint8_t>(bytes[i]);
        b = b << 8 | network[i];
    }
    const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
    return (a & mask) == (b & mask);
}

} // namespace

Address Address::v4(std::array<std::uint8_t, 4> bytes, std::uint16_t port)
{
    Address address;
    address.m_kind = Kind::v4;
    std::copy(bytes.begin(), bytes.end(), address.m_bytes.begin());
    address.m_port = port;
    return address;
}

Address Address::v6(std::array<std::uint8_t, 16> bytes, std::uint16_t port, std::uint32_t scope)
{
    if (std::equal(v4_mapped.begin(), v4_mapped.end(), bytes.begin()))
        return v4({bytes[12], bytes[13], bytes[14], bytes[15]}, port);
    Address address;
    address.m_kind = Kind::v6;
    address.m_bytes = bytes;
    address.m_port = port;
    address.m_scope = scope;
    return address;
}

Address Address::unix_socket(std::string path)
{
    Address address;
    address.m_kind = Kind::unix_path;
    address.m_path = std::move(path);
    return address;
}

std::optional<Address> Address::parse_ip(std::string_view text, std::uint16_t port)
{
    if (text.starts_with('[') && text.ends_with(']') && text.contains(':'))
        text = text.substr(1, text.size() - 2);
    if (text.size() >= INET6_ADDRSTRLEN || text.contains('\0'))
        return std::nullopt;
    const std::string copy(text);
    std::array<std::uint8_t, 4> four;
    if (inet_pton(AF_INET, copy.c_str(), four.data()) == 1)
        return v4(four, port);
    std::array<std::uint8_t, 16> sixteen;
    if (inet_pton(AF_INET6, copy.c_str(), sixteen.data()) != 1)
        return std::nullopt;
    return v6(sixteen, port);
}

std::optional<Address> Address::parse(std::string_view text)
{
    if (text.starts_with("unix:"))
        return text.size() > 5 ? std::optional(unix_socket(std::string(text.substr(5)))) : std::nullopt;
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    const std::string_view host = text.substr(0, colon);
    const auto port = base::parse_number(text.substr(colon + 1), 65535);
    if (!port || (host.contains(':') && !host.starts_with('[')))
        return std::nullopt;
    const auto number = static_cast<std::uint16_t>(*port);
    if (host == "*")
        return v6({}, number);
    return parse_ip(host, number);
}

bool Address::is_loopback() const
{
    if (m_kind == Kind::v4)
        return m_bytes[0] == 127;
    if (m_kind == Kind::v6)
        return std::all_of(m_bytes.begin(), m_bytes.end() - 1, [](auto byte) { return byte == 0; }) &&
               m_bytes[15] == 1;
    return m_kind == Kind::unix_path;
}

bool Address::is_private() const
{
    if (is_loopback())
        return true;
    if (m_kind == Kind::v6) {
        const bool unspecified = std::ranges::all_of(m_bytes, [](auto byte) { return byte == 0; });
        const bool unique_local = (m_bytes[0] & 0xFE) == 0xFC;
        const bool link_local = m_bytes[0] == 0xFE && (m_bytes[1] & 0xC0) == 0x80;
        return unspecified || unique_local || link_local;
    }
    if (m_kind != Kind::v4)
        return false;
    const auto in = [this](std::array<std::uint8_t, 4> network, unsigned bits) {
        return in_v4_network(bytes(), network, bits);
    };
    return in({10, 0, 0, 0}, 8) || in({172, 16, 0, 0}, 12) || in({192, 168, 0, 0}, 16) ||
           in({169, 254, 0, 0}, 16) || in({100, 64, 0, 0}, 10) || in({0, 0, 0, 0}, 8);
}

Address Address::with_port(std::uint16_t port) const
{
    Address copy = *this;
    copy.m_port = port;
    return copy;
}

std::string_view Address::bytes() const
{
    const std::size_t size = m_kind == Kind::v4 ? 4 : m_kind == Kind::v6 ? 16 : 0;
    return {reinterpret_cast<const char*>(m_bytes.data()), size};
}

std::string Address::ip() const
{
    if (m_kind == Kind::unix_path)
        return m_path;
    if (m_kind == Kind::none)
        return "none";
    char text[INET6_ADDRSTRLEN];
    inet_ntop(m_kind == Kind::v4 ? AF_INET : AF_INET6, m_bytes.data(), text, sizeof(text));
    return text;
}

std::string Address::text() const
{
    switch (m_kind) {
    case Kind::v4: return fmt::format("{}:{}", ip(), m_port);
    case Kind::v6: return fmt::format("[{}]:{}", ip(), m_port);
    case Kind::unix_path: return "unix:" + m_path;
    case Kind::none: break;
    }
    return "none";
}

std::string Address::network() const
{
    Address base = *this;
    const std::size_t kept = m_kind == Kind::v4 ? 3 : 8;
    std::fill(base.m_bytes.begin() + static_cast<std::ptrdiff_t>(kept), base.m_bytes.end(), std::uint8_t{0});
    if (m_kind == Kind::v4)
        return base.ip() + "/24";
    if (m_kind == Kind::v6)
        return base.ip() + "/64";
    return m_kind == Kind::unix_path ? "unix" : "none";
}

std::string Address::literal() const
{
    return m_kind == Kind::v6 ? "[IPv6:" + ip() + "]" : "[" + ip() + "]";
}

std::string Address::reverse_labels() const
{
    std::string out;
    const std::string_view all = bytes();
    for (std::size_t i = all.size(); i-- > 0;) {
        const auto byte = static_cast<std::uint8_t>(all[i]);
        if (!out.empty())
            out += '.';
        if (m_kind == Kind::v4)
            out += fmt::format("{}", byte);
        else
            out += fmt::format("{:x}.{:x}", byte & 0xF, byte >> 4);
    }
    return out;
}

std::string Address::reverse_name() const
{
    return reverse_labels() + (m_kind == Kind::v4 ? ".in-addr.arpa" : ".ip6.arpa");
}

} // namespace mansio::net
