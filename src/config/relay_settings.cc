#include "config/relay_settings.h"

#include "config/setting.h"

namespace mansio::config {
namespace {

using namespace std::chrono_literals;
using S = RelaySettings;

constexpr std::string_view smarthost_words[] = {"off", "opportunistic", "starttls", "implicit"};
constexpr std::string_view tls_words[] = {"off", "opportunistic", "required"};
constexpr std::string_view family_words[] = {"both", "ipv4", "ipv6"};

constexpr Row rows[] = {
    text<&S::smarthost>(
        "smarthost", Reload::live,
        "\"host:port\" of a server that takes all outbound mail. Empty: each domain's own MX."),
    choice<&S::smarthost_tls>(
        "smarthost-tls", smarthost_words, Reload::live,
        "TLS to the smarthost. starttls and implicit check its certificate; a password is sent "
        "only with these, or to a loopback address."),
    text<&S::smarthost_user>("smarthost-user", Reload::live,
                             "The user name for the smarthost. Empty: no login."),
    secret<&S::smarthost_password>("smarthost-password", Reload::live, "Its password."),
    text<&S::helo_name>("helo-name", Reload::live,
                        "The name said in EHLO. Empty: server.hostname. Receivers check that it resolves."),
    number<&S::port>("port", {1, 65'535}, Reload::live,
                     "The port of every MX. 25 but for tests, which can't use it."),
    choice<&S::tls>(
        "tls", tls_words, Reload::live,
        "TLS to an MX. opportunistic encrypts where offered and checks nothing, as the world does "
        "(rfc7435); required leaves mail in the queue otherwise."),
    choice<&S::family>(
        "family", family_words, Reload::live,
        "Addresses to use. A server without reverse DNS for IPv6 sends better with ipv4 alone."),
    text<&S::source_ipv4>("source-ipv4", Reload::live,
                          "The local IPv4 address to send from. Empty: the system's choice."),
    text<&S::source_ipv6>("source-ipv6", Reload::live,
                          "The local IPv6 address to send from. Empty: the system's choice."),
    flag<&S::private_addresses>(
        "private-addresses", Reload::live,
        "Allows an MX on a loopback or private address. Off, a stranger's DNS can't make us "
        "talk to our own network."),
    flag<&S::eight_bit_anyway>(
        "eight-bit-anyway", Reload::live,
        "Sends 8-bit content also to servers that don't offer 8BITMIME. Off, it is returned with "
        "5.6.3 (rfc6152#3); converting would break signatures."),
    duration<&S::first_retry>(
        "first-retry", {1s, 24h}, Reload::live,
        "The wait after the first failed attempt; it doubles from there. Greylisting wants "
        "about 5 minutes."),
    duration<&S::max_retry>(
        "max-retry", {1s, 48h}, Reload::live,
        "The longest wait between attempts (rfc5321#4.5.4.1 speaks of 30 minutes to hours)."),
    duration<&S::lifetime>(
        "lifetime", {1min, 30 * 24h}, Reload::live,
        "How long a recipient is tried before the sender gets the message back; 4 to 5 days by "
        "rfc5321#4.5.4.1."),
    duration<&S::delay_warning>("delay-warning", {0s, 30 * 24h}, Reload::live,
                                "When the sender is told of a delay, once. 0s: never."),
    size<&S::report_size>("report-size", {1024, 16 << 20}, Reload::live,
                          "A returned message larger than this comes back as its header alone."),
    number<&S::max_connections>("max-connections", {1, 10'000}, Reload::live,
                                "Outbound connections at one time."),
    number<&S::max_connections_per_destination>(
        "max-connections-per-destination", {1, 1000}, Reload::live,
        "Of these, to one destination: big receivers throttle the eager, "
        "and a slow one holds up nobody else."),
    number<&S::max_messages_per_connection>("max-messages-per-connection", {1, 10'000}, Reload::live,
                                            "Messages over one connection; receivers cut off at about 100."),
    number<&S::max_recipients>("max-recipients", {1, 1000}, Reload::live,
                               "Recipients of one transaction; every server takes 100 (rfc5321#4.5.3.1.8)."),
    number<&S::max_mx>("max-mx", {1, 50}, Reload::live, "Hosts tried in one attempt."),
    size<&S::max_reply_size>("max-reply-size", {4096, 16 << 20}, Reload::live,
                             "Bytes of one reply. A server that never ends its answer is not read for ever."),
    duration<&S::connect_timeout>("connect-timeout", {1s, 10min}, Reload::live, "The wait for a connection."),
    duration<&S::greeting_timeout>("greeting-timeout", {1s, 1h}, Reload::live,
                                   "The wait for 220; 5 minutes by rfc5321#4.5.3.2.1."),
    duration<&S::command_timeout>(
        "command-timeout", {1s, 1h}, Reload::live,
        "The wait for a reply to MAIL, RCPT and others; 5 minutes by rfc5321#4.5.3.2.2."),
    duration<&S::data_timeout>("data-timeout", {1s, 1h}, Reload::live,
                               "The wait for 354; 2 minutes by rfc5321#4.5.3.2.4."),
    duration<&S::block_timeout>("block-timeout", {1s, 1h}, Reload::live,
                                "The wait for the receiver to take a piece of the message; 3 minutes by "
                                "rfc5321#4.5.3.2.5."),
    duration<&S::final_timeout>(
        "final-timeout", {1s, 1h}, Reload::live,
        "The wait after the final dot; 10 minutes by rfc5321#4.5.3.2.6. Shorter makes "
        "duplicates."),
    duration<&S::quit_timeout>("quit-timeout", {0s, 10min}, Reload::live,
                               "The wait for the answer to QUIT; nothing depends on it."),
    duration<&S::reuse_time>("reuse-time", {0s, 5min}, Reload::live,
                             "How long a connection waits for another message to the same destination."),
};

} // namespace

std::span<const Row> relay_rows()
{
    return rows;
}

} // namespace mansio::config
