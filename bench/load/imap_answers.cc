#include "load/imap_answers.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>

namespace mansio::load {

AnswerReader::Event AnswerReader::feed(std::string_view& chunk)
{
    for (;;) {
        const std::size_t skipped = std::min<std::uint64_t>(m_literal_left, chunk.size());
        chunk.remove_prefix(skipped);
        m_literal_left -= skipped;
        if (chunk.empty())
            return Event::need_more;
        const auto line = m_cutter.next(chunk);
        if (!line)
            return Event::need_more;
        const Event event = m_inside ? Event::untagged : begin(*line);
        m_inside = event == Event::untagged && opens_literal(*line);
        if (!m_inside)
            return event;
    }
}

/// The first line of a response.
AnswerReader::Event AnswerReader::begin(std::string_view line)
{
    if (line.starts_with('+'))
        return Event::continuation;
    if (line.starts_with("* ")) {
        count(line.substr(2));
        return Event::untagged;
    }
    m_text.assign(line.substr(std::min(line.find(' '), line.size() - 1) + 1));
    note_capabilities(m_text);
    return Event::tagged;
}

/// number SP "FETCH" / "EXPUNGE" / "EXISTS", or something else. rfc9051#9
void AnswerReader::count(std::string_view response)
{
    std::uint64_t number = 0;
    const char* const end = response.data() + response.size();
    const auto parsed = std::from_chars(response.data(), end, number);
    if (parsed.ec != std::errc()) {
        if (response.starts_with("OK") || response.starts_with("BYE") || response.starts_with("PREAUTH"))
            m_text.assign(response);
        return note_capabilities(response);
    }
    const std::string_view word(parsed.ptr, end);
    if (word.starts_with(" FETCH")) {
        ++m_answers.fetched;
    } else if (word.starts_with(" EXPUNGE")) {
        ++m_answers.expunged;
    } else if (word.starts_with(" EXISTS")) {
        m_answers.exists = number;
        m_answers.exists_told = true;
    }
}

void AnswerReader::note_capabilities(std::string_view line)
{
    if (line.find("CAPABILITY") == std::string_view::npos)
        return;
    m_literal_plus = m_literal_plus || line.find(" LITERAL+") != std::string_view::npos;
    m_multiappend = m_multiappend || line.find(" MULTIAPPEND") != std::string_view::npos;
}

/// literal = "{" number "}" at the end of a line. rfc9051#4.3. Human-readable text may end like that too, but
/// only in status responses.
bool AnswerReader::opens_literal(std::string_view line)
{
    if (!line.ends_with('}') || (!m_inside && line.starts_with("* OK")))
        return false;
    const std::size_t brace = line.rfind('{');
    if (brace == std::string_view::npos)
        return false;
    const auto size = base::parse_number(line.substr(brace + 1, line.size() - brace - 2));
    m_literal_left = size.value_or(0);
    m_answers.literal_bytes += m_literal_left;
    return size.has_value();
}

} // namespace mansio::load
