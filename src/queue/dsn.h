#pragma once
#include "queue/envelope.h"

#include <string>
#include <string_view>
#include <vector>

namespace mansio::queue {

/// Who writes reports.
struct ReportSettings {
    std::string hostname;                   ///< Reporting-MTA, and the domain of the From address
    std::size_t returned_bytes = 64 * 1024; ///< a larger message comes back as its header alone
    Millis lifetime = 432'000'000;          ///< of messages in the queue, to say until when we try on
};

/// Whether the sender wants this report about this recipient: NOTIFY, and never to the null sender. Without
/// NOTIFY: failures, and delays because rfc3461#4.1 leaves them to us.
bool wants_report(const Envelope& envelope, const Recipient& recipient, Owed kind);

/// How much of the message a report brings back: all of it only with a failure, when RET does not say HDRS
/// and it is not too large. rfc3461#4.3, rfc3461#6.2
enum class Returned { whole, headers };
Returned returned_part(const Envelope& envelope, Owed kind, const ReportSettings& settings);

/// What a report is made of.
struct ReportInput {
    const QueuedMessage& message;
    std::vector<std::uint32_t> recipients; ///< of message; all owed this kind
    Owed kind = Owed::failure;
    std::string_view original; ///< the message, or at least its header
    Millis now = 0;
    std::string message_id; ///< of the report, "<...>"
};

/// A report as it goes to intake, with a null reverse path.
struct Report {
    std::string to;      ///< the reverse path of the message
    std::string content; ///< the whole message, CRLF line ends
    bool smtputf8 = false;
    BodyType body = BodyType::seven_bit;
};

/// Writes the multipart/report of rfc6522 with a message/delivery-status of rfc3464. Pure.
Outcome<Report> compose_report(const ReportInput& input, const ReportSettings& settings);

/// The message/delivery-status alone: field blocks, CRLF.
std::string delivery_status(const ReportInput& input, const ReportSettings& settings);
/// What a person reads first.
std::string report_text(const ReportInput& input, const ReportSettings& settings);

/// xtext of rfc3461#4 decoded; broken sequences and what is not printable ASCII become "?".
std::string show_xtext(std::string_view xtext);
/// A peer's words for a header field or a text: one line of printable ASCII, cut after `max`.
std::string plain_words(std::string_view text, std::size_t max = 900);

} // namespace mansio::queue
