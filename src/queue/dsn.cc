#include "queue/dsn.h"

#include "base/bytes.h"
#include "base/text.h"
#include "message/compose.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::queue {
namespace {

std::vector<const Recipient*> reported_on(const ReportInput& input)
{
    std::vector<const Recipient*> recipients;
    for (const Recipient& recipient : input.message.recipients)
        if (std::ranges::find(input.recipients, recipient.index) != input.recipients.end())
            recipients.push_back(&recipient);
    return recipients;
}

std::string_view action(Owed kind)
{
    switch (kind) {
    case Owed::delay: return "delayed";
    case Owed::success: return "relayed"; // rfc3464#2.3.3: the next host gives no reports
    case Owed::failure:
    case Owed::nothing: break;
    }
    return "failed";
}

/// The remote's code where it fits the action, ours otherwise. rfc3464#2.3.4
std::string status_of(const Recipient& recipient, Owed kind)
{
    const auto own = [&](char klass, std::string_view otherwise) {
        return recipient.last_status.starts_with(klass) ? plain_words(recipient.last_status)
                                                        : std::string(otherwise);
    };
    switch (kind) {
    case Owed::delay: return own('4', "4.0.0");
    case Owed::success: return own('2', "2.0.0");
    case Owed::failure:
    case Owed::nothing: break;
    }
    return recipient.expired ? own('4', "4.4.7") : own('5', "5.0.0");
}

/// "rfc822; a@b", or for other than ASCII "utf-8; \x{E9}a@b": rfc6533#3
std::string typed_address(std::string_view address)
{
    if (base::is_ascii(address))
        return "rfc822; " + plain_words(address);
    std::string out = "utf-8; ";
    for (std::size_t i = 0; i < address.size();) {
        const auto lead = static_cast<unsigned char>(address[i]);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (lead < 0x80) {
            out += plain_words(address.substr(i, 1));
        } else {
            unsigned point = lead & (0xffU >> (length + 1));
            for (std::size_t k = 1; k < length && i + k < address.size(); ++k)
                point = (point << 6) | (static_cast<unsigned char>(address[i + k]) & 0x3fU);
            out += fmt::format("\\x{{{:X}}}", point);
        }
        i += length;
    }
    return out;
}

/// ORCPT is "type;xtext".
std::string original_recipient(std::string_view orcpt)
{
    const std::size_t semicolon = orcpt.find(';');
    if (semicolon == std::string_view::npos)
        return {};
    return plain_words(orcpt.substr(0, semicolon)) + ";" + show_xtext(orcpt.substr(semicolon + 1));
}

/// "mx.example [192.0.2.1]" without the address.
std::string_view host_name(std::string_view remote)
{
    return remote.substr(0, remote.find(' '));
}

std::string field(std::string_view name, const std::string& value)
{
    return value.empty() ? std::string() : message::fold_header(name, value);
}

std::string date(Millis time)
{
    return base::format_rfc5322_date(time / 1000);
}

std::string recipient_fields(const Recipient& recipient, const ReportInput& input,
                             const ReportSettings& settings)
{
    std::string out = "\r\n";
    out += field("Original-Recipient", original_recipient(recipient.original_recipient));
    out += field("Final-Recipient", typed_address(recipient.forward_path));
    out += field("Action", std::string(action(input.kind)));
    out += field("Status", status_of(recipient, input.kind));
    if (!recipient.last_remote.empty())
        out += field("Remote-MTA", "dns; " + plain_words(host_name(recipient.last_remote), 255));
    if (recipient.last_code != 0)
        out += field("Diagnostic-Code", "smtp; " + plain_words(recipient.last_reply));
    if (recipient.last_attempt != 0)
        out += field("Last-Attempt-Date", date(recipient.last_attempt));
    const Envelope& envelope = input.message.envelope;
    if (input.kind == Owed::delay)
        out += field("Will-Retry-Until",
                     date(envelope.expires != 0 ? envelope.expires : envelope.arrived + settings.lifetime));
    return out;
}

std::string_view subject(Owed kind)
{
    switch (kind) {
    case Owed::delay: return "Delayed mail: still being tried";
    case Owed::success: return "Mail passed on";
    case Owed::failure:
    case Owed::nothing: break;
    }
    return "Undelivered mail returned to sender";
}

std::string introduction(Owed kind)
{
    switch (kind) {
    case Owed::delay:
        return "Your message has not yet reached the recipients below. This is only a warning: it is\n"
               "still being tried and you need not send it again.\n";
    case Owed::success:
        return "Your message was passed on to the next server for the recipients below. That server\n"
               "gives no delivery reports, so this is the last you will hear from us.\n";
    case Owed::failure:
    case Owed::nothing: break;
    }
    return "Your message could not be delivered to the recipients below. It is not tried again.\n";
}

std::string why(const Recipient& recipient)
{
    const std::string words = plain_words(recipient.last_reply);
    if (recipient.last_code != 0 && !recipient.last_remote.empty())
        return fmt::format("host {} said: {}", plain_words(recipient.last_remote, 300), words);
    return words;
}

std::string bracketed(const std::string& message_id)
{
    if (message_id.empty() || message_id.starts_with('<'))
        return message_id;
    return "<" + message_id + ">";
}

} // namespace

std::string plain_words(std::string_view text, std::size_t max)
{
    std::string out;
    for (const char c : text.substr(0, max)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte == '\r' || byte == '\n' || byte == '\t') {
            if (!out.empty() && out.back() != ' ')
                out += ' ';
        } else {
            out += byte >= 0x20 && byte < 0x7f ? c : '?';
        }
    }
    return std::string(base::trim(out));
}

std::string show_xtext(std::string_view xtext)
{
    std::string out;
    for (std::size_t i = 0; i < xtext.size(); ++i) {
        if (xtext[i] != '+') {
            out += xtext[i];
            continue;
        }
        const auto byte = base::unhex(xtext.substr(i + 1, 2));
        const bool valid = byte && byte->size() == 1;
        out += valid ? byte->front() : '?';
        if (valid)
            i += 2;
    }
    return plain_words(out);
}

bool wants_report(const Envelope& envelope, const Recipient& recipient, Owed kind)
{
    const Notify& notify = recipient.notify;
    if (envelope.reverse_path.empty() || notify.never)
        return false;
    switch (kind) {
    case Owed::failure: return !notify.given() || notify.failure;
    case Owed::delay: return !notify.given() || notify.delay;
    case Owed::success: return notify.success;
    case Owed::nothing: break;
    }
    return false;
}

Returned returned_part(const Envelope& envelope, Owed kind, const ReportSettings& settings)
{
    const bool whole =
        kind == Owed::failure && envelope.ret != Ret::headers && envelope.size <= settings.returned_bytes;
    return whole ? Returned::whole : Returned::headers;
}

std::string delivery_status(const ReportInput& input, const ReportSettings& settings)
{
    const Envelope& envelope = input.message.envelope;
    std::string out = field("Reporting-MTA", "dns; " + settings.hostname);
    out += field("Original-Envelope-Id", show_xtext(envelope.envelope_id)); // rfc3464#2.2.1: decoded
    out += field("Arrival-Date", date(envelope.arrived));
    for (const Recipient* recipient : reported_on(input))
        out += recipient_fields(*recipient, input, settings);
    return out;
}

std::string report_text(const ReportInput& input, const ReportSettings& settings)
{
    std::string out =
        fmt::format("This is the mail server {}.\n\n{}", settings.hostname, introduction(input.kind));
    for (const Recipient* recipient : reported_on(input)) {
        out += fmt::format("\n<{}>\n    {}\n", recipient->forward_path, why(*recipient));
        if (recipient->expired)
            out += "    It was tried for as long as this server keeps mail.\n";
    }
    return out;
}

Outcome<Report> compose_report(const ReportInput& input, const ReportSettings& settings)
{
    const Envelope& envelope = input.message.envelope;
    const bool whole = returned_part(envelope, input.kind, settings) == Returned::whole;
    message::ReportParts parts;
    parts.from = "Mail Delivery System <postmaster@" + settings.hostname + ">";
    parts.to = "<" + envelope.reverse_path + ">";
    parts.subject = subject(input.kind);
    parts.message_id = input.message_id;
    parts.date = input.now / 1000;
    parts.in_reply_to = bracketed(envelope.message_id);
    parts.text = report_text(input, settings);
    parts.status = delivery_status(input, settings);
    parts.original = input.original;
    parts.returned = whole ? message::ReportParts::Return::full : message::ReportParts::Return::headers;
    auto content = message::compose_report(parts);
    if (!content)
        return base::fail(std::move(content.error()), "writing a delivery report");
    Report report{.to = envelope.reverse_path, .content = std::move(*content)};
    report.smtputf8 = !base::is_ascii(envelope.reverse_path);
    report.body = base::is_ascii(report.content) ? BodyType::seven_bit : BodyType::eight_bit_mime;
    return report;
}

} // namespace mansio::queue
