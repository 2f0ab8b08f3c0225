#include "message/preview.h"

#include "message/charset.h"
#include "message/section.h"

#include <algorithm>
#include <utility>

namespace mansio::message {
namespace {

constexpr std::size_t plain_bytes = 4 * 1024; // 200 characters of any script, some quoted lines before them
constexpr std::size_t html_bytes = 32 * 1024; // newsletters begin with kilobytes of styles
constexpr unsigned most_tries = 4;            // parts without any text, such as a blank first alternative

bool is_candidate(const Part& part)
{
    const bool readable = part.is("text", "plain") || part.is("text", "html");
    return part.kind == PartKind::single && readable && part.disposition != "attachment";
}

/// The part's text as far as a preview may need it.
std::string beginning_of(std::string_view message, const Part& part, std::size_t most)
{
    Part cut = part;
    cut.body_end = std::min(part.body_end, part.body_begin + most);
    return to_utf8(decoded_body(message, cut).view(),
                   find_parameter(part.parameters, "charset").value_or(""));
}

struct CodePoint {
    char32_t value;
    std::size_t size;
};

/// The character at the beginning of well-formed UTF-8.
CodePoint first_character(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (size == 1 || text.size() < size)
        return {lead, 1};
    char32_t value = lead & (0xFF >> (size + 1));
    for (std::size_t i = 1; i < size; ++i)
        value = value << 6 | (byte(i) & 0x3F);
    return {value, size};
}

bool is_space(char32_t c)
{
    return c <= 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/// Takes no room on paper. Senders pad their own previews with these; the ones that order bidirectional text
/// could turn what a client shows beside it.
bool is_invisible(char32_t c)
{
    return c == 0xAD || c == 0x34F || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF || c == 0xFFFD;
}

/// One line, one space between words, so many characters at most.
class PreviewLine {
public:
    void add(std::string_view text)
    {
        while (!text.empty() && !full()) {
            const CodePoint next = first_character(text);
            if (is_space(next.value))
                m_gap = !m_text.empty();
            else if (!is_invisible(next.value))
                add_character(text.substr(0, next.size));
            text.remove_prefix(next.size);
        }
        m_gap = !m_text.empty();
    }
    bool full() const { return m_characters >= preview_characters; }
    std::string take() { return std::move(m_text); }

private:
    void add_character(std::string_view character)
    {
        if (m_gap && m_characters + 2 > preview_characters) {
            m_characters = preview_characters;
            return;
        }
        m_characters += m_gap ? 2 : 1;
        if (std::exchange(m_gap, false))
            m_text += ' ';
        m_text += character;
    }

    std::string m_text;
    std::size_t m_characters = 0;
    bool m_gap = false;
};

/// Without quoted lines and the signature (rfc3676#4.3): what the sender says now.
std::string preview_of_plain(std::string_view text)
{
    PreviewLine line;
    while (!text.empty() && !line.full()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1);
        std::string_view next = text.substr(0, end + 1);
        text.remove_prefix(next.size());
        while (next.ends_with('\n') || next.ends_with('\r'))
            next.remove_suffix(1);
        if (next == "-- ")
            break;
        if (!next.starts_with('>'))
            line.add(next);
    }
    return line.take();
}

std::string preview_of(std::string_view message, const Part& part)
{
    if (part.subtype == "plain")
        return preview_of_plain(beginning_of(message, part, plain_bytes));
    PreviewLine line;
    line.add(text_of_html(beginning_of(message, part, html_bytes)));
    return line.take();
}

} // namespace

std::string preview_text(std::string_view message, const Structure& structure)
{
    unsigned tries = 0;
    for (const Part& part : structure.parts) {
        if (part.is("multipart", "encrypted"))
            return {};
        if (!is_candidate(part))
            continue;
        auto text = preview_of(message, part);
        if (!text.empty() || ++tries == most_tries)
            return text;
    }
    return {};
}

} // namespace mansio::message
