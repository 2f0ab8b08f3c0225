#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mansio::wire::imap {

/// Puts the lines and literals of one command together: rfc9051#4.3, rfc7888. The session feeds it what it
/// read and does what next() says. One reader per command; it owns the command's bytes and nothing else.
class CommandReader {
public:
    struct Limits {
        std::size_t line = 65'536;     ///< all lines of a command together; rfc2683#3.2.1.5 asks for 8000
        std::size_t literal = 65'536;  ///< one literal (not an APPEND's message)
        std::size_t total = 1'048'576; ///< lines and literals of one command
        unsigned literals = 1024;
    };
    enum class Next : std::uint8_t {
        complete, ///< bytes() is a whole command
        literal,  ///< literal() is to be read and given to add_literal(), then another line
        refuse, ///< over a cap: answer BAD, and where the literal comes unasked discard it and the next line
    };
    struct Literal {
        std::uint64_t size = 0;
        enum class Sync : std::uint8_t {
            waits_for_continuation,
            comes_unasked
        } sync = Sync::waits_for_continuation;
        bool binary = false;
    };

    explicit CommandReader(const Limits& limits)
        : m_limits(limits)
    {
    }

    /// A line without its CRLF.
    Next add_line(std::string_view line);
    /// What the last line announced; size 0 and waits_for_continuation when it announced nothing.
    const Literal& literal() const { return m_literal; }
    bool has_literal() const { return m_has_literal; }
    /// Exactly literal().size bytes.
    void add_literal(std::string_view bytes);
    const std::string& bytes() const { return m_bytes; }

private:
    const Limits& m_limits;
    std::string m_bytes;
    Literal m_literal;
    bool m_has_literal = false;
    std::size_t m_lines = 0;
    unsigned m_literals = 0;
};

/// The literal head at the end of a line: "{3}", "{3+}", "~{3}". False when there is none. A number over 63
/// bits counts as the largest one.
bool literal_at_end(std::string_view line, CommandReader::Literal& out);

} // namespace mansio::wire::imap
