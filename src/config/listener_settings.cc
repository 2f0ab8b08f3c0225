#include "config/listener_settings.h"

#include "config/setting.h"

namespace mansio::config {
namespace {

using S = ListenerSettings;

constexpr std::string_view protocols[] = {"smtp",  "submission", "submissions", "lmtp", "imap",
                                          "imaps", "pop3",       "pop3s",       "admin"};
constexpr std::uint16_t ports[] = {25, 587, 465, 24, 143, 993, 110, 995, 80};
constexpr std::string_view tls_words[] = {"automatic", "off"};

constexpr Row rows[] = {
    choice<&S::protocol>(
        "protocol", protocols, Reload::restart,
        "What is spoken here. smtp takes mail for local recipients; submission (STARTTLS) and "
        "submissions (TLS at once) take mail from accounts. Required."),
    text<&S::address>("address", Reload::restart,
                      "The address to bind. \"0.0.0.0\" is every IPv4 address, \"::\" every address of both "
                      "families."),
    number<&S::port>("port", {0, 65'535}, Reload::restart, "The port to bind. 0: the protocol's own."),
    path<&S::path>(
        "path", Reload::restart,
        "A unix socket instead of address and port; at most 107 bytes. For lmtp and admin, which trust "
        "whoever can open it."),
    choice<&S::tls>(
        "tls", tls_words, Reload::restart,
        "automatic: TLS as the protocol has it, once a certificate is set. off: none, for a listener "
        "behind something that speaks TLS itself."),
};

} // namespace

std::span<const Row> listener_rows()
{
    return rows;
}

std::string_view name(ListenerProtocol protocol)
{
    return protocols[static_cast<std::size_t>(protocol)];
}

bool implicit_tls(ListenerProtocol protocol)
{
    return protocol == ListenerProtocol::submissions || protocol == ListenerProtocol::imaps ||
           protocol == ListenerProtocol::pop3s;
}

std::uint16_t standard_port(ListenerProtocol protocol)
{
    return ports[static_cast<std::size_t>(protocol)];
}

std::uint16_t ListenerSettings::effective_port() const
{
    return port != 0 ? static_cast<std::uint16_t>(port) : standard_port(protocol);
}

} // namespace mansio::config
