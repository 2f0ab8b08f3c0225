#include "config/smtp_settings.h"

#include "config/setting.h"

namespace mansio::config {
namespace {

using namespace std::chrono_literals;
using S = SmtpSettings;

constexpr Row rows[] = {
    size<&S::max_message_size>(
        "max-message-size", {64 * 1024, 1ULL << 30}, Reload::live,
        "The largest message taken, announced with SIZE (rfc1870#3). Most servers take 25 to "
        "50 MiB."),
    number<&S::max_recipients>("max-recipients", {100, 50'000}, Reload::live,
                               "Recipients of one transaction; more are answered 452. At least 100: "
                               "rfc5321#4.5.3.1.8."),
    size<&S::max_command_line>(
        "max-command-line", {512, 64 * 1024}, Reload::live,
        "Bytes of a command line. rfc5321#4.5.3.1.4 asks for 512, extensions add to it."),
    size<&S::max_auth_line>("max-auth-line", {1024, 64 * 1024}, Reload::live,
                            "Bytes of a line in an AUTH exchange; rfc4954#4 asks for 12288."),
    size<&S::max_text_line>(
        "max-text-line", {1000, 1 << 20}, Reload::live,
        "Bytes of a line of a message. rfc5321#4.5.3.1.6 asks for 1000; real mail has longer "
        "ones, and refusing them loses mail."),
    number<&S::max_received>(
        "max-received", {30, 1000}, Reload::restart,
        "Received fields after which a message is in a loop; at least 100 is the advice of "
        "rfc5321#6.3."),
    number<&S::max_messages>("max-messages", {1, 1'000'000}, Reload::live,
                             "Messages of one connection; then 421. A sender connects again."),
    number<&S::max_errors>("max-errors", {1, 10'000}, Reload::live,
                           "Wrong commands of one connection; then 421. Real clients make few."),
    number<&S::max_login_failures>("max-login-failures", {1, 100}, Reload::live,
                                   "Failed logins of one connection; then 421. Guessing gets slow."),
    number<&S::max_unknown_recipients>(
        "max-unknown-recipients", {1, 100'000}, Reload::live,
        "Unknown recipients of one connection; then 421. Address harvesting gets "
        "slow."),
    number<&S::max_connections>("max-connections", {1, 1'000'000}, Reload::live,
                                "Open SMTP connections; more hear 421."),
    number<&S::max_connections_per_address>(
        "max-connections-per-address", {0, 1'000'000}, Reload::live,
        "Open SMTP connections from one address; more hear 421. 0: no limit."),
    duration<&S::command_timeout>("command-timeout", {10s, 1h}, Reload::live,
                                  "The wait for the next command; at least 5 minutes by rfc5321#4.5.3.2.7."),
    duration<&S::data_timeout>("data-timeout", {10s, 1h}, Reload::live,
                               "The wait for the next piece of a message; 3 minutes by rfc5321#4.5.3.2.5."),
    duration<&S::transaction_timeout>(
        "transaction-timeout", {1min, 24h}, Reload::live,
        "The longest a message may take to arrive: one byte a minute is an attack."),
    duration<&S::write_timeout>("write-timeout", {10s, 1h}, Reload::live,
                                "The wait for a peer that does not read its replies."),
    duration<&S::error_delay>(
        "error-delay", {0s, 25s}, Reload::live,
        "The pause before the answer to a wrong command. Under 30 seconds: clients give up."),
    duration<&S::login_failure_delay>("login-failure-delay", {0s, 25s}, Reload::live,
                                      "The pause before a failed login is answered."),
    list<&S::mechanisms>(
        "mechanisms", Reload::live,
        "SASL mechanisms offered, best first. Also known: CRAM-MD5, which needs a recoverable "
        "secret. The -PLUS ones are offered over TLS only."),
    flag<&S::plaintext_login>("plaintext-login", Reload::live,
                              "Offers AUTH without TLS. Passwords then cross the network in the clear "
                              "(rfc8314#3.3)."),
    flag<&S::vrfy>(
        "vrfy", Reload::live,
        "Whether VRFY tells that a mailbox exists. Off, it answers 252 to everything (rfc5321#3.5.3)."),
    flag<&S::reverse_lookup>("reverse-lookup", Reload::live,
                             "Looks up the peer's name for the Received field."),
    flag<&S::hide_submission_address>(
        "hide-submission-address", Reload::restart,
        "Leaves a submitting client's address out of Received: where a user sits is "
        "nobody's business."),
    flag<&S::check_sender>(
        "check-sender", Reload::restart,
        "The envelope and header sender of a submission must belong to the account. Off, any "
        "account can write as any other."),
    text<&S::banner>("banner", Reload::live, "The words after the host name in the greeting."),
};

} // namespace

std::span<const Row> smtp_rows()
{
    return rows;
}

} // namespace mansio::config
