#pragma once
#include "base/outcome.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::net {

/// Where a socket is or goes: an IPv4 or IPv6 address with a port, or the path of a unix socket. A value.
class Address {
public:
    enum class Kind : std::uint8_t { none, v4, v6, unix_path };

    Address() = default;
    static Address v4(std::array<std::uint8_t, 4> bytes, std::uint16_t port);
    /// ::ffff:192.0.2.1 is kept as IPv4, wherever it comes from: what holds for the one holds for the other.
    static Address v6(std::array<std::uint8_t, 16> bytes, std::uint16_t port, std::uint32_t scope = 0);
    static Address unix_socket(std::string path);
    static Address loopback(std::uint16_t port) { return v4({127, 0, 0, 1}, port); }

    /// "192.0.2.1", "2001:db8::1", "[2001:db8::1]", "::ffff:192.0.2.1"; no port, no names.
    static std::optional<Address> parse_ip(std::string_view text, std::uint16_t port = 0);
    /// "192.0.2.1:25", "[::1]:25", "*:25" (any IPv6 and IPv4), "unix:/path".
    static std::optional<Address> parse(std::string_view text);

    Kind kind() const { return m_kind; }
    bool is_ip() const { return m_kind == Kind::v4 || m_kind == Kind::v6; }
    bool is_unix() const { return m_kind == Kind::unix_path; }
    bool is_loopback() const; ///< 127.0.0.0/8, ::1, unix sockets
    /// Not reachable from outside by rule: loopback, rfc1918, link-local, unique-local, unspecified,
    /// 100.64/10.
    bool is_private() const;
    std::uint16_t port() const { return m_port; }
    Address with_port(std::uint16_t port) const;
    /// 4 or 16 bytes in network order; empty for a unix socket.
    std::string_view bytes() const;
    const std::string& path() const { return m_path; }

    /// "192.0.2.1", "2001:db8::1", the path, or "none".
    std::string ip() const;
    /// "192.0.2.1:25", "[2001:db8::1]:25", "unix:/path".
    std::string text() const;
    /// "192.0.2.0/24", "2001:db8::/64", "unix": what limits count together.
    std::string network() const;
    /// rfc5321#4.1.3: "[192.0.2.1]", "[IPv6:2001:db8::1]".
    std::string literal() const;
    /// "1.2.0.192.in-addr.arpa", nibbles under "ip6.arpa": for PTR; without the suffix, for DNS lists.
    std::string reverse_name() const;
    std::string reverse_labels() const;

    bool operator==(const Address&) const = default;

private:
    Kind m_kind = Kind::none;
    std::array<std::uint8_t, 16> m_bytes{};
    std::uint16_t m_port = 0;
    std::uint32_t m_scope = 0;
    std::string m_path;

    friend struct SocketAddress;
};

} // namespace mansio::net
