#pragma once
#include "wire/smtp/line_ends.h"

#include <string>
#include <string_view>

namespace mansio::wire::smtp {

/// Writes a message as it follows "354": every line end is CRLF (a bare CR or LF becomes one: it never leaves
/// this server), a dot at the start of a line is doubled, and finish() ends the last line and adds the final
/// dot. rfc5321#4.5.2. Whatever the message holds, the far end finds one end of it, ours.
class DataEncoder {
public:
    /// Appends to `out`: at most three times as many bytes as `piece`, usually the same.
    void add(std::string_view piece, std::string& out);
    void finish(std::string& out);

private:
    void stuff(std::string_view piece, std::string& out);

    LineEnds m_ends{BareLineEnds::normalise};
    std::string m_piece; ///< normalised, not yet stuffed; kept for its memory
    bool m_line_start = true;
};

/// A whole message at once, with the final dot.
std::string dot_stuff(std::string_view message);

} // namespace mansio::wire::smtp
