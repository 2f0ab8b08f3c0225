#include "wire/pop3/content.h"

#include "base/text.h"

namespace mansio::wire::pop3 {

// The bytes that need no thought go over in one append: all but LF, NUL and a dot at the start of a line.
bool DotStuffer::take_simple_run(std::string_view& piece, std::string& out)
{
    static constexpr std::string_view special("\n\0", 2);
    const auto length = std::min(piece.find_first_of(special), piece.size());
    if (length == 0)
        return false;
    if (m_line_start && piece.front() == '.')
        out += '.';
    out.append(piece.substr(0, length));
    m_after_cr = piece[length - 1] == '\r';
    m_line_start = false;
    piece.remove_prefix(length);
    return true;
}

void DotStuffer::add(std::string_view piece, std::string& out)
{
    while (!piece.empty()) {
        if (take_simple_run(piece, out))
            continue;
        if (piece.front() == '\n') {
            out.append(m_after_cr ? "\n" : "\r\n");
            m_line_start = true;
        } else {
            out += m_nul == Nul::as_0x80 ? '\x80' : '\0';
            m_line_start = false;
        }
        m_after_cr = false;
        piece.remove_prefix(1);
    }
}

void DotStuffer::finish(std::string& out)
{
    if (!m_line_start)
        out.append(m_after_cr ? "\n" : "\r\n");
    out.append(".\r\n");
}

void TopCutter::end_line()
{
    if (m_in_body)
        m_done = --m_lines_left == 0;
    else if (m_line != Line::text) {
        m_in_body = true;
        m_done = m_lines_left == 0;
    }
    m_line = Line::empty;
}

std::string_view TopCutter::take(std::string_view piece)
{
    std::size_t at = 0;
    while (at < piece.size() && !m_done) {
        const auto line_end = piece.find('\n', at);
        const auto rest = piece.substr(at, line_end - at);
        if (!rest.empty())
            m_line = rest == "\r" && m_line == Line::empty ? Line::one_cr : Line::text;
        if (line_end == std::string_view::npos)
            return piece;
        at = line_end + 1;
        end_line();
    }
    return piece.substr(0, at);
}

void HeaderScan::add(std::string_view piece)
{
    while (!piece.empty() && !m_done) {
        const auto line_end = piece.find('\n');
        m_line.append(
            piece.substr(0, std::min(line_end, max_remembered - std::min(m_line.size(), max_remembered))));
        if (line_end == std::string_view::npos)
            return;
        m_done = m_line.empty() || m_line == "\r";
        if (!base::is_ascii(m_line) && m_eight_bit_lines.size() + m_line.size() <= max_remembered)
            m_eight_bit_lines.append(m_line).append("\n");
        m_line.clear();
        piece.remove_prefix(line_end + 1);
    }
}

bool HeaderScan::needs_utf8() const
{
    return !m_eight_bit_lines.empty() && base::is_utf8(m_eight_bit_lines);
}

} // namespace mansio::wire::pop3
