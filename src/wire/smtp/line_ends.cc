#include "wire/smtp/line_ends.h"

#include <algorithm>
#include <cstring>

namespace mansio::wire::smtp {
namespace {

/// How often "is an LF" differs from "follows a CR" within the piece: 0 means all is well. Written so that
/// the compiler makes vector code of it.
bool all_paired(std::string_view piece)
{
    const char* bytes = piece.data();
    const std::size_t size = piece.size();
    unsigned char differs = 0;
    for (std::size_t i = 1; i < size; ++i)
        differs |= static_cast<unsigned char>((bytes[i] == '\n') != (bytes[i - 1] == '\r'));
    return differs == 0;
}

/// The same for "a dot follows a line feed": true when it occurs.
bool has_line_dot(const char* bytes, std::size_t size)
{
    unsigned char found = 0;
    for (std::size_t i = 1; i < size; ++i)
        found |= static_cast<unsigned char>((bytes[i] == '.') & (bytes[i - 1] == '\n'));
    return found != 0;
}

} // namespace

// In blocks that overlap by a byte: most hold none, and vector code tells so at many times memmem's speed.
// The blocks grow, so that a text full of them costs no more than its length.
std::size_t find_line_dot(std::string_view text)
{
    constexpr std::size_t largest = 4096;
    std::size_t block = 64;
    for (std::size_t at = 0; at + 1 < text.size(); at += block - 1) {
        if (at > 0)
            block = std::min(2 * block, largest);
        if (has_line_dot(text.data() + at, std::min(block, text.size() - at)))
            return text.find("\n.", at);
    }
    return std::string_view::npos;
}

void LineEnds::copy(std::string_view piece, std::string& out)
{
    if (piece.empty())
        return;
    const bool joint_paired = (piece.front() == '\n') == (m_previous == '\r');
    if (joint_paired && all_paired(piece)) {
        out.append(piece);
        m_previous = piece.back();
        return;
    }
    copy_bytes(piece, out);
}

void LineEnds::copy_bytes(std::string_view piece, std::string& out)
{
    const bool normalise = m_mode == BareLineEnds::normalise;
    for (const char c : piece) {
        if (m_previous == '\r' && c != '\n') {
            ++m_bare_cr;
            if (normalise)
                out += '\n';
        }
        if (c == '\n' && m_previous != '\r') {
            ++m_bare_lf;
            if (normalise)
                out += '\r';
        }
        out += c;
        m_previous = c;
    }
}

void LineEnds::finish(std::string& out)
{
    if (m_previous != '\r')
        return;
    ++m_bare_cr;
    if (m_mode == BareLineEnds::normalise)
        out += '\n';
    m_previous = '\0';
}

bool has_line_over(std::string_view text, std::size_t limit)
{
    std::size_t line = 0;
    while (text.size() - line > limit) {
        // A line end within reach? The last one is the best: most bytes are never looked at.
        const std::size_t reach = std::min(text.size() - line, limit + 2);
        const void* found = memrchr(text.data() + line, '\n', reach);
        if (!found)
            return true;
        line = static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1;
    }
    return false;
}

} // namespace mansio::wire::smtp
