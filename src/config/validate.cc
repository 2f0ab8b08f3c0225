#include "config/validate.h"

#include "base/text.h"
#include "config/nearest.h"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <array>
#include <set>

namespace mansio::config {
namespace {

constexpr std::array<std::string_view, 5> mechanisms = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN",
                                                        "LOGIN", "CRAM-MD5"};
constexpr std::size_t max_unix_path = 107; // sun_path of Linux, without its NUL

bool is_address(int family, const std::string& text)
{
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return inet_pton(family, text.c_str(), bytes.data()) == 1;
}

bool is_any_address(const std::string& text)
{
    return is_address(AF_INET, text) || is_address(AF_INET6, text);
}

/// "host:port", "[2001:db8::1]:port".
bool is_host_and_port(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
        return false;
    const auto port = base::parse_number(text.substr(colon + 1), 65'535);
    const std::string_view host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    return port && *port != 0 && (bracketed || host.find(':') == std::string_view::npos);
}

bool is_resolver(const std::string& text)
{
    if (is_any_address(text))
        return true;
    if (!is_host_and_port(text))
        return false;
    std::string host = text.substr(0, text.rfind(':'));
    if (host.starts_with('['))
        host = host.substr(1, host.size() - 2);
    return is_any_address(host);
}

/// A DNS name: letters, digits, hyphens and dots (rfc1123#2.1).
bool is_hostname(std::string_view text)
{
    if (text.empty() || text.size() > 253)
        return false;
    for (const std::string_view label : base::split(text, '.')) {
        if (label.empty() || label.size() > 63 || label.starts_with('-') || label.ends_with('-'))
            return false;
        for (const char c : label)
            if (!base::is_alpha(c) && !base::is_digit(c) && c != '-')
                return false;
    }
    return true;
}

void validate_server(const Settings& settings, const Lines& lines, Problems& problems)
{
    if (settings.server.hostname.empty())
        problems.add(lines.of("server"), "server.hostname is required");
    else if (!is_hostname(settings.server.hostname))
        problems.add(lines.of("server.hostname"), "server.hostname: not a host name");
    if (!settings.relay.helo_name.empty() && !is_hostname(settings.relay.helo_name))
        problems.add(lines.of("relay.helo-name"), "relay.helo-name: not a host name");
}

void validate_listener(const Settings& settings, std::size_t index, const Lines& lines, Problems& problems)
{
    const ListenerSettings& listener = settings.listeners[index];
    const std::string key = fmt::format("listener.{}", index);
    const std::uint32_t line = lines.of(key);
    if (lines.of(key + ".protocol") == 0)
        problems.add(line, "listener: protocol is required");
    if (listener.is_unix()) {
        if (lines.of(key + ".address") != 0 || lines.of(key + ".port") != 0)
            problems.add(line, "listener: either path, or address and port");
        if (listener.path.size() > max_unix_path)
            problems.add(lines.of(key + ".path"),
                         fmt::format("listener: the socket's path has {} bytes, {} are possible: {}",
                                     listener.path.size(), max_unix_path, listener.path));
        if (implicit_tls(listener.protocol))
            problems.add(line, fmt::format("listener: {} on a unix socket", name(listener.protocol)));
        return;
    }
    if (!is_any_address(listener.address))
        problems.add(lines.of(key + ".address"), "listener: address must be an IPv4 or IPv6 address");
    if (implicit_tls(listener.protocol) && listener.tls == ListenerTls::off)
        problems.add(line,
                     fmt::format("listener: {} begins with TLS; tls can't be off", name(listener.protocol)));
    if (implicit_tls(listener.protocol) && settings.tls.certificate.empty())
        problems.add(line, fmt::format("listener: {} needs tls.certificate", name(listener.protocol)));
}

void validate_listeners(const Settings& settings, const Lines& lines, Problems& problems)
{
    if (settings.listeners.empty())
        problems.add(0, "no [[listener]]: the server would hear nothing");
    std::set<std::string> places;
    for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
        validate_listener(settings, i, lines, problems);
        const ListenerSettings& listener = settings.listeners[i];
        const std::string place =
            listener.is_unix() ? listener.path
                               : fmt::format("{} port {}", listener.address, listener.effective_port());
        if (!places.insert(place).second)
            problems.add(lines.of(fmt::format("listener.{}", i)), "listener: used twice: " + place);
    }
}

void validate_tls(const Settings& settings, const Lines& lines, Problems& problems)
{
    if (settings.tls.certificate.empty() != settings.tls.key.empty())
        problems.add(lines.of("tls"), "tls: certificate and key go together");
    for (std::size_t i = 0; i < settings.tls.extra.size(); ++i)
        if (settings.tls.extra[i].certificate.empty() || settings.tls.extra[i].key.empty())
            problems.add(lines.of(fmt::format("tls.extra.{}", i)),
                         "tls.extra: certificate and key are required");
}

void validate_mechanisms(std::string_view key, const std::vector<std::string>& offered, const Lines& lines,
                         Problems& problems)
{
    for (const std::string& name : offered)
        if (std::ranges::find(mechanisms, name) == mechanisms.end()) {
            const std::string_view near = nearest(base::to_upper(name), mechanisms);
            problems.add(lines.of(key),
                         fmt::format("{}: unknown mechanism \"{}\"{}", key, name,
                                     near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
        }
}

void validate_relay(const Settings& settings, const Lines& lines, Problems& problems)
{
    const RelaySettings& relay = settings.relay;
    if (!relay.smarthost.empty() && !is_host_and_port(relay.smarthost))
        problems.add(lines.of("relay.smarthost"), "relay.smarthost: must be \"host:port\"");
    if (relay.smarthost_user.empty() != relay.smarthost_password.empty())
        problems.add(lines.of("relay"), "relay: smarthost-user and smarthost-password go together");
    if (!relay.source_ipv4.empty() && !is_address(AF_INET, relay.source_ipv4))
        problems.add(lines.of("relay.source-ipv4"), "relay.source-ipv4: not an IPv4 address");
    if (!relay.source_ipv6.empty() && !is_address(AF_INET6, relay.source_ipv6))
        problems.add(lines.of("relay.source-ipv6"), "relay.source-ipv6: not an IPv6 address");
    if (relay.first_retry > relay.max_retry)
        problems.add(lines.of("relay"), "relay: first-retry is longer than max-retry");
}

} // namespace

void validate(const Settings& settings, const Lines& lines, Problems& problems)
{
    validate_server(settings, lines, problems);
    validate_listeners(settings, lines, problems);
    validate_tls(settings, lines, problems);
    validate_mechanisms("smtp.mechanisms", settings.smtp.mechanisms, lines, problems);
    validate_mechanisms("imap.mechanisms", settings.imap.mechanisms, lines, problems);
    validate_mechanisms("pop3.mechanisms", settings.pop3.mechanisms, lines, problems);
    validate_relay(settings, lines, problems);
    for (const std::string& server : settings.dns.servers)
        if (!is_resolver(server))
            problems.add(lines.of("dns.servers"), fmt::format("dns.servers: not an address: \"{}\"", server));
    if (settings.accounts.recipient_delimiter.size() > 1)
        problems.add(lines.of("accounts.recipient-delimiter"),
                     "accounts.recipient-delimiter: one character, or empty");
}

} // namespace mansio::config
