#include "config/pop3_settings.h"

#include "config/setting.h"

namespace mansio::config {
namespace {

using namespace std::chrono_literals;
using S = Pop3Settings;

constexpr std::string_view utf8_mail_words[] = {"rewrite", "refuse", "as-it-is"};

constexpr Row rows[] = {
    size<&S::max_line>("max-line", {255, 64 * 1024}, Reload::live,
                       "Bytes of a command line. rfc2449#4 asks for 255; UTF-8 names are longer."),
    size<&S::max_auth_line>("max-auth-line", {1024, 64 * 1024}, Reload::live,
                            "Bytes of a line in an AUTH exchange (rfc5034#4)."),
    number<&S::max_errors>("max-errors", {1, 10'000}, Reload::live,
                           "Wrong commands of one connection; then it is closed."),
    number<&S::max_login_failures>("max-login-failures", {1, 100}, Reload::live,
                                   "Failed logins of one connection; then it is closed."),
    number<&S::max_connections>("max-connections", {1, 1'000'000}, Reload::live, "Open POP3 connections."),
    number<&S::max_connections_per_address>("max-connections-per-address", {0, 1'000'000}, Reload::live,
                                            "Open POP3 connections from one address. 0: no limit."),
    number<&S::max_connections_per_user>("max-connections-per-user", {0, 1'000'000}, Reload::live,
                                         "Open POP3 connections of one account. 0: no limit."),
    duration<&S::login_timeout>("login-timeout", {5s, 30min}, Reload::live,
                                "The wait for a login after the connection opened."),
    duration<&S::idle_timeout>(
        "idle-timeout", {1min, 24h}, Reload::live,
        "The wait for the next command; at least 10 minutes by rfc1939#3. Nothing is deleted "
        "when it passes."),
    duration<&S::write_timeout>("write-timeout", {10s, 1h}, Reload::live,
                                "The wait for a client that does not read its answers."),
    duration<&S::login_failure_delay>("login-failure-delay", {0s, 25s}, Reload::live,
                                      "The pause before a failed login is answered."),
    list<&S::mechanisms>(
        "mechanisms", Reload::live,
        "SASL mechanisms offered, best first. Also known: CRAM-MD5, which needs a recoverable "
        "secret. The -PLUS ones are offered over TLS only."),
    flag<&S::plaintext_login>("plaintext-login", Reload::live,
                              "Allows logins without TLS; off, USER and PASS wait for STLS (rfc2595#4)."),
    flag<&S::apop>(
        "apop", Reload::live,
        "Offers APOP to accounts with a recoverable secret. MD5: only for clients that have nothing "
        "better."),
    flag<&S::replace_nul>("replace-nul", Reload::live,
                          "Sends NUL bytes as 0x80: some clients hang on them (doc/compat.md)."),
    choice<&S::utf8_mail>("utf8-mail", utf8_mail_words, Reload::live,
                          "What a client that did not say UTF8 gets when a message has UTF-8 in its header "
                          "(rfc6856#2.1): its header "
                          "rewritten in ASCII (rfc6858), -ERR [UTF8], or the message as it is."),
};

} // namespace

std::span<const Row> pop3_rows()
{
    return rows;
}

} // namespace mansio::config
