#include "intake/fields.h"

#include "base/text.h"
#include "message/address.h"
#include "message/compose.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::intake {
namespace {

/// What a peer calls itself goes into a header: printable ASCII without what would end a comment or a clause.
std::string harmless(std::string_view text)
{
    std::string out(text.substr(0, 255));
    for (char& c : out)
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F ||
            std::string_view("()<>\\;\"").find(c) != std::string_view::npos)
            c = '?';
    return out;
}

/// The same for several words of our own making.
std::string harmless_words(std::string_view text)
{
    std::string out;
    for (const std::string_view word : base::split(text, ' '))
        out += (out.empty() ? "" : " ") + harmless(word);
    return out;
}

std::string from_clause(const Arrival& arrival, bool hide)
{
    if (hide)
        return "from authenticated-user";
    const std::string helo = harmless(arrival.helo.empty() ? "unknown" : arrival.helo);
    if (arrival.peer_address.empty())
        return fmt::format("from {}", helo);
    const bool v6 = arrival.peer_address.find(':') != std::string::npos;
    const std::string name = arrival.peer_name.empty() ? "" : harmless(arrival.peer_name) + ' ';
    return fmt::format("from {} ({}[{}{}])", helo, name, v6 ? "IPv6:" : "", harmless(arrival.peer_address));
}

} // namespace

std::string received_field(const Staged& message, const std::string& trace_id, const IntakeSettings& settings,
                           base::Seconds now)
{
    const Arrival& arrival = message.arrival;
    if (arrival.origin == Origin::report || arrival.origin == Origin::internal)
        return fmt::format("Received: by {}\r\n\tid {};\r\n\t{}\r\n", settings.hostname, trace_id,
                           base::format_rfc5322_date(now));
    const bool hide = arrival.account && settings.hide_submission_address;
    std::string out = fmt::format("Received: {}\r\n\tby {} with {}", from_clause(arrival, hide),
                                  settings.hostname, arrival.protocol);
    if (!arrival.tls.empty())
        out += fmt::format("\r\n\t({})", harmless_words(arrival.tls));
    out += fmt::format("\r\n\tid {}", trace_id);
    // One recipient is no secret to itself; with several, a "for" would tell them of each other.
    if (message.recipients.size() == 1 && base::is_ascii(message.recipients[0].address))
        out += fmt::format("\r\n\tfor <{}>", message.recipients[0].address);
    return out + fmt::format(";\r\n\t{}\r\n", base::format_rfc5322_date(now));
}

std::string missing_fields(const Staged& message, const message::Overview& overview,
                           const IntakeSettings& settings, base::Seconds now)
{
    std::string out;
    if (message.arrival.origin != Origin::submission)
        return out;
    if (overview.from_count == 0 && message.arrival.account)
        out += fmt::format("From: {}\r\n", message::format_mailbox(message.arrival.account->display_name,
                                                                   message.arrival.account->address));
    if (!overview.has_date)
        out += fmt::format("Date: {}\r\n", base::format_rfc5322_date(now));
    if (!overview.has_message_id)
        out += fmt::format("Message-ID: {}\r\n", message::make_message_id(settings.hostname, now));
    return out;
}

std::string return_path_field(const Staged& message)
{
    return fmt::format("Return-Path: <{}>\r\n", message.reverse_path);
}

} // namespace mansio::intake
