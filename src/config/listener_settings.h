#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mansio::config {

struct Row;

/// What a listener speaks; those ending in s begin with TLS (rfc8314#3).
enum class ListenerProtocol : std::uint8_t {
    smtp,
    submission,
    submissions,
    lmtp,
    imap,
    imaps,
    pop3,
    pop3s,
    admin,
};
std::string_view name(ListenerProtocol protocol);
bool implicit_tls(ListenerProtocol protocol);

enum class ListenerTls : std::uint8_t {
    automatic, ///< implicit for submissions, imaps, pop3s; STARTTLS or STLS where there is a certificate
    off,       ///< never offered here
};

/// One [[listener]]: an address and port, or a unix socket.
struct ListenerSettings {
    ListenerProtocol protocol = ListenerProtocol::smtp;
    std::string address = "0.0.0.0"; ///< "::" takes IPv4 too
    std::uint32_t port = 0;          ///< 0: the protocol's own
    std::string path;                ///< of a unix socket, instead of address and port
    ListenerTls tls = ListenerTls::automatic;

    /// The port given, or the protocol's standard port.
    std::uint16_t effective_port() const;
    bool is_unix() const { return !path.empty(); }
    bool operator==(const ListenerSettings&) const = default;
};

std::span<const Row> listener_rows();
/// 25, 587, 465, 24, 143, 993, 110, 995, 80.
std::uint16_t standard_port(ListenerProtocol protocol);

} // namespace mansio::config
