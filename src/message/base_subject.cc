// The grammar is that of rfc5256#5; steps are those of rfc5256#2.1.
#include "message/base_subject.h"

#include "base/text.h"

namespace mansio::message {

namespace {

/// Step 1, for decoded text.
std::string with_single_spaces(std::string_view subject)
{
    std::string out;
    out.reserve(subject.size());
    for (const char c : subject) {
        const bool is_white = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!is_white)
            out += c;
        else if (!out.ends_with(' '))
            out += ' ';
    }
    return out;
}

std::size_t white_length(std::string_view text)
{
    const std::size_t end = text.find_first_not_of(' ');
    return end == text.npos ? text.size() : end;
}

/// Length of a subj-blob at the start, with the white space behind it; 0 for none. It stops at the next
/// bracket, whichever it is: what was looked at in vain begins no other blob.
std::size_t blob_length(std::string_view text)
{
    if (!text.starts_with('['))
        return 0;
    const std::size_t end = text.find_first_of("[]", 1);
    if (end == text.npos || text[end] != ']')
        return 0;
    return end + 1 + white_length(text.substr(end + 1));
}

/// Length of a subj-refwd at the start; 0 for none.
std::size_t refwd_length(std::string_view text)
{
    std::size_t at = 0;
    if (base::starts_with_icase(text, "fwd"))
        at = 3;
    else if (base::starts_with_icase(text, "re") || base::starts_with_icase(text, "fw"))
        at = 2;
    else
        return 0;
    at += white_length(text.substr(at));
    at += blob_length(text.substr(at));
    return at < text.size() && text[at] == ':' ? at + 1 : 0;
}

struct Blobs {
    std::size_t last = 0; ///< where the last one begins
    std::size_t end = 0;
};

Blobs leading_blobs(std::string_view text)
{
    Blobs found;
    for (std::size_t length = blob_length(text); length > 0; length = blob_length(text.substr(found.end))) {
        found.last = found.end;
        found.end += length;
    }
    return found;
}

class Stripper {
public:
    explicit Stripper(std::string_view text)
        : m_rest(text)
    {
    }

    BaseSubject run()
    {
        do {
            take_trailers();
            take_leaders();
        } while (take_forward());
        return {std::string(m_rest), m_is_reply};
    }

private:
    /// Step 2.
    void take_trailers()
    {
        constexpr std::string_view forwarded = "(fwd)";
        for (;;) {
            const std::size_t size = m_rest.size();
            if (m_rest.ends_with(' ')) {
                m_rest.remove_suffix(1);
            } else if (size >= forwarded.size() &&
                       base::equal_icase(m_rest.substr(size - forwarded.size()), forwarded)) {
                m_rest.remove_suffix(forwarded.size());
                m_is_reply = true;
            } else {
                return;
            }
        }
    }

    /// Steps 3 to 5. Blobs without a "re:" behind them go by step 4, one after another; the last one stays
    /// where it is all there is.
    void take_leaders()
    {
        for (;;) {
            m_rest.remove_prefix(white_length(m_rest));
            const Blobs blobs = leading_blobs(m_rest);
            const std::string_view behind = m_rest.substr(blobs.end);
            const std::size_t refwd = refwd_length(behind);
            if (refwd == 0) {
                m_rest.remove_prefix(behind.empty() ? blobs.last : blobs.end);
                return;
            }
            m_rest = behind.substr(refwd);
            m_is_reply = true;
        }
    }

    /// Step 6: "[fwd: …]"
    bool take_forward()
    {
        constexpr std::string_view header = "[fwd:";
        if (!base::starts_with_icase(m_rest, header) || !m_rest.ends_with(']'))
            return false;
        m_rest.remove_prefix(header.size());
        m_rest.remove_suffix(1);
        m_is_reply = true;
        return true;
    }

    std::string_view m_rest;
    bool m_is_reply = false;
};

} // namespace

BaseSubject base_subject(std::string_view subject)
{
    const std::string text = with_single_spaces(subject);
    return Stripper(text).run();
}

} // namespace mansio::message
