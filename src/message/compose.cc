#include "message/compose.h"

#include "base/bytes.h"
#include "base/text.h"
#include "message/encoded_word.h"
#include "message/header.h"
#include "message/inspect.h"
#include "message/section.h"

#include <algorithm>
#include <fmt/core.h>

namespace mansio::message {

namespace {

using base::Fault;
using base::Outcome;

constexpr std::size_t fold_column = 78; // rfc5322#2.1.1

bool is_field_name(std::string_view name)
{
    return !name.empty() &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > 32 && c < 127 && c != ':'; });
}

bool has_line_end(std::string_view value)
{
    return value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

Outcome<void> check(std::string_view name, std::string_view value)
{
    if (!is_field_name(name))
        return base::fail(Fault::invalid, fmt::format("\"{}\" is no header field name", name));
    if (has_line_end(value))
        return base::fail(Fault::invalid, fmt::format("value of {} holds a line end or NUL", name));
    return {};
}

/// Takes fields until one is refused; what was refused is told at the end.
class Fields {
public:
    void text(std::string_view name, std::string_view value) { note(m_writer.text(name, value)); }
    void structured(std::string_view name, std::string_view value)
    {
        note(m_writer.structured(name, value, HeaderWriter::Utf8::allowed));
    }
    void structured_unless_empty(std::string_view name, std::string_view value)
    {
        if (!value.empty())
            structured(name, value);
    }
    Outcome<std::string> take()
    {
        if (!m_first)
            return std::unexpected(m_first.error());
        return m_writer.take();
    }

private:
    void note(Outcome<void> outcome)
    {
        if (m_first)
            m_first = std::move(outcome);
    }
    HeaderWriter m_writer;
    Outcome<void> m_first;
};

/// A text part's encoding and body.
struct TextBody {
    std::string_view encoding;
    std::string_view charset;
    std::string body; ///< ends in CRLF
};

TextBody encode_text(std::string_view text)
{
    std::string lines = normalise_line_ends(std::string(text));
    if (!lines.ends_with("\r\n"))
        lines += "\r\n";
    Overview overview = inspect("\r\n" + lines);
    bool plain = !overview.eight_bit && !overview.has_nul && overview.max_line_length <= 78;
    std::string_view charset = overview.eight_bit ? "utf-8" : "us-ascii";
    if (plain)
        return {"7bit", charset, std::move(lines)};
    return {"quoted-printable", charset, encode_quoted_printable(lines)};
}

std::string_view plain_encoding(std::string_view text)
{
    return base::is_ascii(text) ? "7bit" : "8bit";
}

std::string with_final_line_end(std::string text)
{
    if (!text.empty() && !text.ends_with("\r\n"))
        text += "\r\n";
    return text;
}

struct ReportBody {
    std::string boundary;
    std::string text;
    bool eight_bit = false;
};

void append_part(ReportBody& body, std::string_view fields, std::string_view content)
{
    body.text += "--" + body.boundary + "\r\n";
    body.text.append(fields).append("\r\n").append(content);
    body.text += "\r\n";
}

void append_original(ReportBody& body, const ReportParts& parts)
{
    if (parts.original.empty())
        return;
    std::string original = normalise_line_ends(parts.original);
    bool full = parts.returned == ReportParts::Return::full;
    if (!full)
        original = with_final_line_end(original.substr(0, find_body(original)));
    body.eight_bit |= !base::is_ascii(original);
    append_part(body,
                fmt::format("Content-Type: {}\r\nContent-Transfer-Encoding: {}\r\n",
                            full ? "message/rfc822" : "text/rfc822-headers", plain_encoding(original)),
                original);
}

ReportBody report_body(const ReportParts& parts)
{
    ReportBody body;
    body.boundary = "=_" + base::random_token(30); // "=_" can't stand in quoted-printable: rfc2045#6.7
    TextBody text = encode_text(parts.text);
    append_part(body,
                fmt::format("Content-Type: text/plain; charset={}\r\nContent-Transfer-Encoding: {}\r\n",
                            text.charset, text.encoding),
                text.body);
    std::string status = with_final_line_end(normalise_line_ends(parts.status));
    body.eight_bit |= !base::is_ascii(status);
    append_part(body,
                fmt::format("Content-Type: message/{}\r\nContent-Transfer-Encoding: {}\r\n",
                            parts.report_type, plain_encoding(status)),
                status);
    append_original(body, parts);
    body.text += "--" + body.boundary + "--\r\n";
    return body;
}

} // namespace

Outcome<void> HeaderWriter::text(std::string_view name, std::string_view utf8_value)
{
    if (auto checked = check(name, utf8_value); !checked)
        return checked;
    m_out += fold_header(name, encode_header_text(utf8_value));
    return {};
}

Outcome<void> HeaderWriter::structured(std::string_view name, std::string_view value, Utf8 utf8)
{
    if (auto checked = check(name, value); !checked)
        return checked;
    if (utf8 == Utf8::refused && !base::is_ascii(value))
        return base::fail(Fault::invalid, fmt::format("value of {} is not ASCII", name));
    m_out += fold_header(name, value);
    return {};
}

std::string fold_header(std::string_view name, std::string_view value)
{
    std::string out = std::string(name) + ":";
    std::size_t column = out.size();
    while (!value.empty()) {
        std::size_t next = std::min(value.find_first_of(" \t", 1), value.size());
        std::string_view word = value.substr(0, next);
        value.remove_prefix(next);
        bool white = word.front() == ' ' || word.front() == '\t';
        // A line of white space alone would end the header for some readers, so only words open lines.
        bool wordy = word.find_first_not_of(" \t") != std::string_view::npos;
        bool first = column == name.size() + 1;
        if (!first && white && wordy && column + word.size() > fold_column) {
            out += "\r\n";
            column = 0;
        }
        if (first && !white) {
            out += ' ';
            ++column;
        }
        out += word;
        column += word.size();
    }
    return out + "\r\n";
}

std::string make_message_id(std::string_view host, base::Seconds now)
{
    return fmt::format("<{}.{:x}@{}>", base::random_token(20), now, host);
}

Outcome<std::string> compose_report(const ReportParts& parts)
{
    ReportBody body = report_body(parts);
    Fields fields;
    fields.structured("From", parts.from);
    fields.structured("To", parts.to);
    fields.text("Subject", parts.subject);
    fields.structured("Date", base::format_rfc5322_date(parts.date));
    fields.structured("Message-ID", parts.message_id);
    fields.structured_unless_empty("In-Reply-To", parts.in_reply_to);
    fields.structured_unless_empty("References", parts.in_reply_to);
    fields.structured_unless_empty("Auto-Submitted", parts.auto_submitted);
    fields.structured("MIME-Version", "1.0");
    fields.structured("Content-Type", fmt::format("multipart/report; report-type={}; boundary=\"{}\"",
                                                  parts.report_type, body.boundary));
    fields.structured("Content-Transfer-Encoding", body.eight_bit ? "8bit" : "7bit");
    auto header = fields.take();
    if (!header)
        return header;
    return *header + "\r\n" + body.text;
}

Outcome<std::string> compose_notice(const NoticeParts& parts)
{
    TextBody text = encode_text(parts.text);
    Fields fields;
    fields.structured("From", parts.from);
    fields.structured("To", parts.to);
    fields.text("Subject", parts.subject);
    fields.structured("Date", base::format_rfc5322_date(parts.date));
    fields.structured("Message-ID", parts.message_id);
    fields.structured_unless_empty("Auto-Submitted", parts.auto_submitted);
    fields.structured("MIME-Version", "1.0");
    fields.structured("Content-Type", fmt::format("text/plain; charset={}", text.charset));
    fields.structured("Content-Transfer-Encoding", text.encoding);
    auto header = fields.take();
    if (!header)
        return header;
    return *header + "\r\n" + text.body;
}

} // namespace mansio::message
