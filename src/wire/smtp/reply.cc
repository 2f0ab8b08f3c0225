#include "wire/smtp/reply.h"

#include "base/text.h"

#include <fmt/format.h>
#include <utility>

namespace mansio::wire::smtp {

std::string EnhancedCode::text() const
{
    return kind == 0 ? std::string() : fmt::format("{}.{}.{}", kind, subject, detail);
}

// status-code = ( "2" / "4" / "5" ) "." 1*3DIGIT "." 1*3DIGIT   rfc3463#2
std::optional<EnhancedCode> parse_enhanced_code(std::string_view text)
{
    const std::string_view word = text.substr(0, text.find(' '));
    const auto parts = base::split(word, '.');
    if (parts.size() != 3 || parts[0].size() != 1 || parts[1].size() > 3 || parts[2].size() > 3)
        return std::nullopt;
    const auto kind = base::parse_number(parts[0]);
    const auto subject = base::parse_number(parts[1]);
    const auto detail = base::parse_number(parts[2]);
    if (!kind || !subject || !detail || (*kind != 2 && *kind != 4 && *kind != 5))
        return std::nullopt;
    return EnhancedCode{static_cast<std::uint8_t>(*kind), static_cast<std::uint16_t>(*subject),
                        static_cast<std::uint16_t>(*detail)};
}

void print(const Reply& reply, std::string& out)
{
    std::string_view rest = reply.text;
    for (bool last = false; !last;) {
        const auto end = rest.find('\n');
        last = end == rest.npos;
        fmt::format_to(std::back_inserter(out), "{:03}{}", reply.code, last ? ' ' : '-');
        if (reply.status)
            fmt::format_to(std::back_inserter(out), "{}.{}.{} ", reply.status.kind, reply.status.subject,
                           reply.status.detail);
        for (const char c : rest.substr(0, end))
            out += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? ' ' : c;
        out += "\r\n";
        rest.remove_prefix(last ? rest.size() : end + 1);
    }
}

std::string print(const Reply& reply)
{
    std::string out;
    print(reply, out);
    return out;
}

std::string ReceivedReply::text(std::size_t max) const
{
    std::string out;
    for (const std::string& line : lines) {
        if (out.size() + line.size() + 1 > max && !out.empty())
            break;
        out.append(out.empty() ? "" : " ").append(line.substr(0, max));
    }
    return out;
}

std::expected<ReplyParser::Progress, std::string_view> ReplyParser::add(std::string_view line)
{
    if (line.size() > m_limits.line)
        return std::unexpected("reply line too long");
    const auto code = line.size() < 3 ? std::nullopt : base::parse_number(line.substr(0, 3));
    if (!code || *code < 200 || *code > 599)
        return std::unexpected("no reply code");
    const char mark = line.size() == 3 ? ' ' : line[3];
    if (mark != ' ' && mark != '-')
        return std::unexpected("no space or hyphen after the reply code");
    if (!m_reply.lines.empty() && m_reply.code != static_cast<int>(*code))
        return std::unexpected("reply code changed within a reply");
    if (m_reply.lines.size() == m_limits.lines)
        return std::unexpected("reply with too many lines");

    m_reply.code = static_cast<int>(*code);
    const std::string_view text = line.size() > 4 ? line.substr(4) : std::string_view();
    m_reply.lines.emplace_back(text);
    if (mark == '-')
        return Progress::need_more;
    const auto status = parse_enhanced_code(text);
    if (status && status->kind == m_reply.code / 100) // one of another class contradicts the code: ignored
        m_reply.status = *status;
    return Progress::done;
}

ReceivedReply ReplyParser::take()
{
    return std::exchange(m_reply, {});
}

const std::string* Extensions::find(std::string_view keyword) const
{
    for (const Row& row : rows)
        if (row.keyword == keyword)
            return &row.parameters;
    return nullptr;
}

Extensions parse_extensions(const ReceivedReply& reply)
{
    Extensions extensions;
    for (const std::string& line : reply.lines) {
        if (&line == &reply.lines.front()) {
            extensions.greeting = line;
            continue;
        }
        std::string text = line;
        if (base::starts_with_icase(text, "AUTH="))
            text[4] = ' ';
        const auto space = text.find(' ');
        const std::string_view parameters =
            space == text.npos ? std::string_view() : base::trim(std::string_view(text).substr(space));
        extensions.rows.push_back({base::to_upper(text.substr(0, space)), std::string(parameters)});
    }
    return extensions;
}

} // namespace mansio::wire::smtp
