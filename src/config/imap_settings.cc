#include "config/imap_settings.h"

#include "config/setting.h"

namespace mansio::config {
namespace {

using namespace std::chrono_literals;
using S = ImapSettings;

constexpr Row rows[] = {
    size<&S::max_line_before_login>(
        "max-line-before-login", {1024, 1 << 20}, Reload::live,
        "Bytes of a line before login: room for a SASL response, none for an attack."),
    size<&S::max_literal_before_login>("max-literal-before-login", {256, 1 << 20}, Reload::live,
                                       "Bytes of a literal before login: user names and passwords."),
    size<&S::max_line>(
        "max-line", {8000, 16 << 20}, Reload::live,
        "Bytes of a line without its literals. rfc2683#3.2.1.5 asks for 8000; clients send long "
        "sets."),
    size<&S::max_command_size>("max-command-size", {8000, 64 << 20}, Reload::live,
                               "Bytes of a command with its literals, but for messages to append."),
    size<&S::max_append_size>("max-append-size", {64 * 1024, 1ULL << 30}, Reload::live,
                              "The largest message to append, announced as APPENDLIMIT (rfc7889)."),
    number<&S::max_literals>("max-literals", {1, 100'000}, Reload::live, "Literals of one command."),
    number<&S::max_nesting>("max-nesting", {5, 1000}, Reload::live,
                            "Parentheses in parentheses: a search this deep is an attack on the stack."),
    number<&S::max_errors>("max-errors", {1, 10'000}, Reload::live,
                           "BAD commands of one connection; then BYE."),
    number<&S::max_login_failures>("max-login-failures", {1, 100}, Reload::live,
                                   "Failed logins of one connection; then BYE."),
    number<&S::max_mailboxes>("max-mailboxes", {10, 1'000'000}, Reload::restart,
                              "Mailboxes of one account; CREATE then answers LIMIT."),
    number<&S::max_keywords>("max-keywords", {32, 10'000}, Reload::live,
                             "Different keywords in one mailbox; STORE then answers LIMIT."),
    number<&S::max_connections>("max-connections", {1, 1'000'000}, Reload::live,
                                "Open IMAP connections; more hear BYE."),
    number<&S::max_connections_per_address>(
        "max-connections-per-address", {0, 1'000'000}, Reload::live,
        "Open IMAP connections from one address: an office behind one router "
        "has many. 0: no limit."),
    number<&S::max_connections_per_user>(
        "max-connections-per-user", {0, 1'000'000}, Reload::live,
        "Open IMAP connections of one account. Clients open five or more each, "
        "people have three clients. 0: no limit."),
    duration<&S::login_timeout>("login-timeout", {5s, 30min}, Reload::live,
                                "The wait for a login after the connection opened."),
    duration<&S::idle_timeout>(
        "idle-timeout", {30min, 24h}, Reload::live,
        "The wait for the next command, also in IDLE; at least 30 minutes by rfc9051#5.4."),
    duration<&S::literal_timeout>("literal-timeout", {10s, 1h}, Reload::live,
                                  "The wait for the next piece of a literal."),
    duration<&S::write_timeout>("write-timeout", {10s, 1h}, Reload::live,
                                "The wait for a client that does not read its answers."),
    duration<&S::idle_notify>("idle-notify", {1min, 24h}, Reload::live,
                              "How often IDLE sends a sign of life. Often keeps routers awake, and phones."),
    duration<&S::login_failure_delay>("login-failure-delay", {0s, 25s}, Reload::live,
                                      "The pause before a failed login is answered."),
    list<&S::mechanisms>(
        "mechanisms", Reload::live,
        "SASL mechanisms offered, best first. Also known: CRAM-MD5, which needs a recoverable "
        "secret. The -PLUS ones are offered over TLS only."),
    flag<&S::plaintext_login>("plaintext-login", Reload::live,
                              "Allows logins without TLS; off, LOGINDISABLED is announced (rfc9051#6.2.3)."),
    list<&S::hidden_capabilities>("hidden-capabilities", Reload::live,
                                  "Capabilities not to announce, for a client that stumbles over one. "
                                  "Microsoft 365 enables UIDONLY and then sends message numbers."),
};

} // namespace

std::span<const Row> imap_rows()
{
    return rows;
}

} // namespace mansio::config
