#include "wire/imap/command_reader.h"

#include "base/text.h"

#include <algorithm>

namespace mansio::wire::imap {

bool literal_at_end(std::string_view line, CommandReader::Literal& out)
{
    using Sync = CommandReader::Literal::Sync;
    if (!line.ends_with('}'))
        return false;
    const auto open = line.rfind('{');
    if (open == std::string_view::npos)
        return false;
    auto digits = line.substr(open + 1, line.size() - open - 2);
    const bool unasked = digits.ends_with('+');
    if (unasked)
        digits.remove_suffix(1);
    if (digits.empty() || !std::ranges::all_of(digits, base::is_digit))
        return false;
    out.size = base::parse_number(digits, INT64_MAX).value_or(INT64_MAX);
    out.sync = unasked ? Sync::comes_unasked : Sync::waits_for_continuation;
    out.binary = open > 0 && line[open - 1] == '~';
    return true;
}

CommandReader::Next CommandReader::add_line(std::string_view line)
{
    m_literal = {};
    m_has_literal = literal_at_end(line, m_literal);
    m_lines += line.size();
    if (m_lines > m_limits.line || m_bytes.size() + line.size() > m_limits.total)
        return Next::refuse;
    m_bytes += line;
    if (!m_has_literal)
        return Next::complete;
    const std::uint64_t room = m_limits.total - m_bytes.size();
    if (m_literal.size > std::min<std::uint64_t>(m_limits.literal, room) || ++m_literals > m_limits.literals)
        return Next::refuse;
    return Next::literal;
}

void CommandReader::add_literal(std::string_view bytes)
{
    m_bytes += "\r\n";
    m_bytes += bytes;
}

} // namespace mansio::wire::imap
