#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>

namespace mansio::config {

struct Row;

enum class SmarthostTls : std::uint8_t {
    off,
    opportunistic, ///< STARTTLS where offered, certificate not checked
    starttls,      ///< STARTTLS or nothing, certificate checked
    implicit,      ///< TLS from the first byte, certificate checked
};
enum class RelayTls : std::uint8_t { off, opportunistic, required };
enum class AddressFamily : std::uint8_t { both, ipv4, ipv6 };

/// [relay]: mail on its way out, and how long it is tried.
struct RelaySettings {
    // The road.
    std::string smarthost; ///< "host:port"; empty: straight to the MX
    SmarthostTls smarthost_tls = SmarthostTls::opportunistic;
    std::string smarthost_user;
    std::string smarthost_password;
    std::string helo_name; ///< empty: server.hostname
    std::uint32_t port = 25;
    RelayTls tls = RelayTls::opportunistic;
    AddressFamily family = AddressFamily::both;
    std::string source_ipv4;
    std::string source_ipv6;
    bool private_addresses = false;
    bool eight_bit_anyway = false;

    // The schedule.
    std::chrono::milliseconds first_retry = std::chrono::minutes(5);
    std::chrono::milliseconds max_retry = std::chrono::hours(4);
    std::chrono::milliseconds lifetime = std::chrono::hours(5 * 24);
    std::chrono::milliseconds delay_warning = std::chrono::hours(4);
    std::uint64_t report_size = 64 * 1024;

    // Caps.
    std::uint32_t max_connections = 100;
    std::uint32_t max_connections_per_destination = 5;
    std::uint32_t max_messages_per_connection = 100;
    std::uint32_t max_recipients = 100;
    std::uint32_t max_mx = 10;
    std::uint64_t max_reply_size = 64 * 1024;

    // Deadlines: rfc5321#4.5.3.2.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(30);
    std::chrono::milliseconds greeting_timeout = std::chrono::minutes(5);
    std::chrono::milliseconds command_timeout = std::chrono::minutes(5);
    std::chrono::milliseconds data_timeout = std::chrono::minutes(2);
    std::chrono::milliseconds block_timeout = std::chrono::minutes(3);
    std::chrono::milliseconds final_timeout = std::chrono::minutes(10);
    std::chrono::milliseconds quit_timeout = std::chrono::seconds(5);
    std::chrono::milliseconds reuse_time = std::chrono::seconds(2);
};

std::span<const Row> relay_rows();

} // namespace mansio::config
