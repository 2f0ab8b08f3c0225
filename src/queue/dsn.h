#pragma once
#include "queue/envelope.h"

#include <string>
#include <string_view>
#include <vector>

namespace mansio::queue {

/// Who writes reports.
struct ReportSettings {
    std::string hostname; ///< Reporting-MTA, and the domain of MAILER-DAEMON
    std::size_t returned_bytes =
        50 * 1024; ///< a larger message is returned as its header only: postfix's bounce size limit
    Millis lifetime = 432'000'000; ///< of messages in the queue, to say until when we try on
};

/// A report as it goes to intake with a null reverse path.
struct Report {
    std::string to;      ///< the reverse path of the message
    std::string content; ///< the whole message, CRLF line ends
    bool smtputf8 = false;
    BodyType body = BodyType::seven_bit;
    std::vector<std::uint32_t> recipients; ///< whom it is about
};

/// Whether the sender wants this report about this recipient: NOTIFY, and never to the null sender.
/// rfc3461#6.2
bool wants_report(const Envelope& envelope, const Recipient& recipient, Owed kind);

/// How much of the original a report needs: none of the body when RET=HDRS, the message is large, or the
/// report is not a failure. rfc3461#4.3
enum class Returned { whole, headers };
Returned returned_part(const Envelope& envelope, Owed kind, const ReportSettings& settings);

/// What a report is made of.
struct ReportInput {
    const QueuedMessage& message;
    std::vector<std::uint32_t> recipients; ///< of message; all owed the same kind
    Owed kind = Owed::failure;
    std::string_view original; ///< the message, or at least its header
    Millis now = 0;
    std::string boundary_token; ///< random, [0-9a-z]; also makes the Message-ID
};

/// Writes the multipart/report of rfc6522 with a message/delivery-status of rfc3464. Pure.
Report compose_report(const ReportInput& input, const ReportSettings& settings);

} // namespace mansio::queue
