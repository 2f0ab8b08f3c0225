#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mansio::wire::smtp {

/// What to do with a CR that no LF follows, or an LF that no CR precedes.
enum class BareLineEnds {
    keep,      ///< pass it on and count it: the session refuses the message (port 25)
    normalise, ///< each becomes CRLF (authenticated submission, doc/compat.md#bare-lf)
};

/// Copies message bytes, piece by piece, and watches their line ends. Whole runs are copied; single bytes are
/// looked at only in pieces that hold a bare CR or LF. A CR at the very end counts when finish() is called.
class LineEnds {
public:
    explicit LineEnds(BareLineEnds mode)
        : m_mode(mode)
    {
    }

    void copy(std::string_view piece, std::string& out);
    /// A byte that was in the input but is not copied (a dot taken out).
    void skip(char byte) { m_previous = byte; }
    /// The end of the input.
    void finish(std::string& out);

    std::uint64_t bare_carriage_returns() const { return m_bare_cr; }
    std::uint64_t bare_line_feeds() const { return m_bare_lf; }
    bool bare() const { return m_bare_cr + m_bare_lf != 0; }
    char previous() const { return m_previous; }

private:
    void copy_bytes(std::string_view piece, std::string& out);

    BareLineEnds m_mode;
    char m_previous = '\0';
    std::uint64_t m_bare_cr = 0;
    std::uint64_t m_bare_lf = 0;
};

/// Where a line feed stands that a dot follows, or npos.
std::size_t find_line_dot(std::string_view text);

/// True when a line, its CRLF not counted, is longer than `limit` bytes. Looks at few of the bytes only.
bool has_line_over(std::string_view text, std::size_t limit);

} // namespace mansio::wire::smtp
