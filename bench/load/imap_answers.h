#pragma once
#include "load/line_cutter.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace mansio::load {

/// What a server said, counted rather than kept.
struct Answers {
    std::uint64_t fetched = 0; ///< FETCH responses
    std::uint64_t expunged = 0;
    std::uint64_t literal_bytes = 0;
    std::uint64_t exists = 0; ///< the last EXISTS
    bool exists_told = false;
};

/// Reads an IMAP server's bytes as they come: whole lines where they lie, literals skipped unread.
class AnswerReader {
public:
    enum class Event {
        need_more,
        untagged,     ///< a whole untagged response, counted
        continuation, ///< "+"
        tagged,       ///< a command is done: see ok() and text()
    };
    /// Up to the next event; takes what it used off the front of `chunk`.
    Event feed(std::string_view& chunk);

    Answers& answers() { return m_answers; }
    /// Of the last tagged response or greeting.
    bool ok() const { return m_text.starts_with("OK") || m_text.starts_with("PREAUTH"); }
    /// The last status response after its tag: "OK done".
    const std::string& text() const { return m_text; }
    bool literal_plus() const { return m_literal_plus; }
    bool multiappend() const { return m_multiappend; }

private:
    Event begin(std::string_view line);
    void count(std::string_view response);
    void note_capabilities(std::string_view line);
    bool opens_literal(std::string_view line);

    LineCutter m_cutter;
    std::uint64_t m_literal_left = 0;
    bool m_inside = false; ///< of an untagged response, after a literal
    Answers m_answers;
    std::string m_text;
    bool m_literal_plus = false;
    bool m_multiappend = false;
};

} // namespace mansio::load
