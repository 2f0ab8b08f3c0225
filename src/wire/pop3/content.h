#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mansio::wire::pop3 {

/// What to do with a NUL inside a message. Old Outlook hangs on NUL; 0x80 is what others send in its place.
enum class Nul { keep, as_0x80 };

/// Turns message bytes, piece by piece, into the lines of an answer: every line ends with CRLF (a bare LF
/// becomes CRLF, a bare CR stays), a line that begins with a dot gets a second one, and finish() ends an
/// unfinished last line and adds the final dot. rfc1939#3. Holds two flags, no bytes.
class DotStuffer {
public:
    explicit DotStuffer(Nul nul = Nul::keep)
        : m_nul(nul)
    {
    }

    /// Appends to `out`: at most twice as many bytes as `piece`.
    void add(std::string_view piece, std::string& out);
    void finish(std::string& out);

private:
    bool take_simple_run(std::string_view& piece, std::string& out);

    Nul m_nul;
    bool m_line_start = true;
    bool m_after_cr = false;
};

/// Cuts a message for TOP, piece by piece: the header, the empty line and the first `lines` lines of the
/// body. Lines end with LF, so both CRLF and bare LF count.
class TopCutter {
public:
    explicit TopCutter(std::uint64_t lines)
        : m_lines_left(lines)
    {
    }

    /// The leading part of `piece` that belongs to the answer.
    std::string_view take(std::string_view piece);
    /// Nothing more will be taken: no need to read on.
    bool done() const { return m_done; }

private:
    void end_line();

    std::uint64_t m_lines_left;
    bool m_in_body = false;
    enum class Line : std::uint8_t { empty, one_cr, text };
    Line m_line = Line::empty; ///< what this line holds so far: empty and one_cr end the header
    bool m_done = false;
};

/// Looks for what only a UTF-8 mode client may be sent, rfc6856#2.1: bytes over 127 in the header that are
/// well-formed UTF-8 (rfc6532). Broken 8-bit headers of older software don't count: no mode would help them.
class HeaderScan {
public:
    /// Looks at the next piece; at most `max_header` bytes are remembered.
    void add(std::string_view piece);
    bool done() const { return m_done; }
    bool needs_utf8() const;

private:
    static constexpr std::size_t max_remembered = 64 * 1024; ///< 8-bit header lines beyond are not looked at

    std::string m_eight_bit_lines;
    std::string m_line;
    bool m_done = false;
};

} // namespace mansio::wire::pop3
