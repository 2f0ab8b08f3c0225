#pragma once
#include "wire/smtp/line_ends.h"

#include <string>
#include <string_view>

namespace mansio::wire::smtp {

/// Takes the message out of what follows "354": removes the dot of transparency (rfc5321#4.5.2) and finds the
/// end. Only CRLF "." CRLF ends a message (the first CRLF may be the one of the DATA line); a lone CR or LF
/// is never part of it (rfc5321#2.3.8; SMTP smuggling, CVE-2023-51764). Works on whatever buffers arrive and
/// gives the same result however the input is cut.
class DataDecoder {
public:
    explicit DataDecoder(BareLineEnds mode)
        : m_ends(mode)
        , m_mode(mode)
    {
    }

    /// Appends to `out` what the buffer holds of the message and returns how many bytes of it were used: all,
    /// or up to and with the final CRLF once done() is true. Not to be called after that.
    std::size_t decode(std::string_view buffer, std::string& out);
    bool done() const { return m_state == State::done; }

    std::uint64_t bare_carriage_returns() const { return m_ends.bare_carriage_returns(); }
    std::uint64_t bare_line_feeds() const { return m_ends.bare_line_feeds(); }
    bool bare() const { return m_ends.bare(); }

private:
    /// Where we are relative to a possible end; bytes seen since the line start are not copied yet.
    enum class State {
        text,       ///< within a line, or after something that is no line end
        line_start, ///< after CRLF
        after_lf,   ///< after a bare LF
        lf_dot,     ///< bare LF "."
        dot,        ///< CRLF "."
        dot_cr,     ///< CRLF "." CR
        done,       ///< CRLF "." CRLF
    };
    std::size_t copy_text(std::string_view buffer, std::string& out);
    void step(char c, std::string& out);
    void copy_byte(char c, std::string& out);

    LineEnds m_ends;
    BareLineEnds m_mode;
    State m_state = State::line_start;
};

} // namespace mansio::wire::smtp
