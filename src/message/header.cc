#include "message/header.h"

#include "base/text.h"

namespace mansio::message {

namespace {

std::size_t line_end(std::string_view text, std::size_t from)
{
    std::size_t feed = text.find('\n', from);
    return feed == std::string_view::npos ? text.size() : feed + 1;
}

bool is_blank_line(std::string_view line)
{
    return line == "\n" || line == "\r\n";
}

std::string_view without_line_end(std::string_view text)
{
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    if (text.ends_with('\r'))
        text.remove_suffix(1);
    return text;
}

bool is_white(char c)
{
    return c == ' ' || c == '\t';
}

HeaderField split_field(std::string_view whole, std::size_t offset)
{
    HeaderField field{.name = {}, .value = without_line_end(whole), .whole = whole, .offset = offset};
    std::size_t first_line = line_end(whole, 0);
    std::size_t colon = whole.substr(0, first_line).find(':');
    if (colon == std::string_view::npos || is_white(whole.front()))
        return field;
    std::size_t name_end = colon;
    while (name_end > 0 && is_white(whole[name_end - 1]))
        --name_end;
    field.name = whole.substr(0, name_end);
    field.value = without_line_end(whole.substr(colon + 1));
    return field;
}

} // namespace

std::optional<HeaderField> HeaderScanner::next()
{
    if (m_done)
        return std::nullopt;
    std::size_t begin = m_at;
    std::size_t end = line_end(m_text, begin);
    if (begin == m_text.size() || is_blank_line(m_text.substr(begin, end - begin))) {
        m_blank = begin;
        m_at = end;
        m_done = true;
        return std::nullopt;
    }
    while (end < m_text.size() && is_white(m_text[end]))
        end = line_end(m_text, end);
    m_at = end;
    return split_field(m_text.substr(begin, end - begin), begin);
}

std::size_t find_body(std::string_view message)
{
    std::size_t at = 0;
    while (at < message.size()) {
        std::size_t end = line_end(message, at);
        if (is_blank_line(message.substr(at, end - at)))
            return end;
        at = end;
    }
    return at;
}

std::string unfold(std::string_view value)
{
    value = base::trim(value);
    std::string out;
    out.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        bool carriage_return = value[i] == '\r' && i + 1 < value.size() && value[i + 1] == '\n';
        if (!carriage_return && value[i] != '\n')
            out += value[i];
    }
    return out;
}

Headers::Headers(std::string_view message, HeaderLimits limits)
{
    HeaderScanner scanner(message);
    while (auto field = scanner.next()) {
        if (m_fields.size() >= limits.fields || field->offset + field->whole.size() > limits.bytes) {
            m_truncated = true;
            m_body = find_body(message.substr(field->offset)) + field->offset;
            return;
        }
        m_fields.push_back(*field);
    }
    m_body = scanner.body_offset();
}

const HeaderField* Headers::find(std::string_view name) const
{
    for (const HeaderField& field : m_fields)
        if (base::equal_icase(field.name, name))
            return &field;
    return nullptr;
}

std::vector<const HeaderField*> Headers::find_all(std::string_view name) const
{
    std::vector<const HeaderField*> found;
    for (const HeaderField& field : m_fields)
        if (base::equal_icase(field.name, name))
            found.push_back(&field);
    return found;
}

std::string Headers::value(std::string_view name) const
{
    const HeaderField* field = find(name);
    return field ? unfold(field->value) : std::string();
}

} // namespace mansio::message
