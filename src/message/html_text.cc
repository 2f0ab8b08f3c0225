#include "base/text.h"
#include "message/preview.h"

#include <algorithm>
#include <optional>

namespace mansio::message {
namespace {

constexpr std::size_t longest_reference = 10; // "&#1114111;"

struct Reference {
    std::string_view name;
    std::string_view text;
};

// Those that mail is full of; others stay as they are written.
constexpr Reference references[] = {
    {"amp", "&"},    {"apos", "'"},  {"bull", "•"},  {"copy", "©"},  {"euro", "€"},  {"gt", ">"},
    {"hellip", "…"}, {"laquo", "«"}, {"ldquo", "“"}, {"lsquo", "‘"}, {"lt", "<"},    {"mdash", "—"},
    {"middot", "·"}, {"nbsp", " "},  {"ndash", "–"}, {"quot", "\""}, {"raquo", "»"}, {"rdquo", "”"},
    {"reg", "®"},    {"rsquo", "’"}, {"shy", ""},    {"trade", "™"}, {"zwj", ""},    {"zwnj", ""},
};

void append_utf8(std::string& out, std::uint32_t c)
{
    const auto trail = [&](unsigned shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | c >> 6);
        trail(0);
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | c >> 12);
        trail(6);
        trail(0);
    } else {
        out += static_cast<char>(0xF0 | c >> 18);
        trail(12);
        trail(6);
        trail(0);
    }
}

/// "#65", "#x41".
std::optional<std::uint32_t> numbered(std::string_view name)
{
    name.remove_prefix(1);
    const bool hexadecimal = name.starts_with('x') || name.starts_with('X');
    if (hexadecimal)
        name.remove_prefix(1);
    std::uint32_t value = 0;
    for (const char c : name) {
        const char low = base::ascii_lower(c);
        const bool letter = hexadecimal && low >= 'a' && low <= 'f';
        if (!base::is_digit(c) && !letter)
            return std::nullopt;
        value =
            value * (hexadecimal ? 16 : 10) + static_cast<std::uint32_t>(letter ? low - 'a' + 10 : c - '0');
    }
    const bool possible =
        !name.empty() && value >= 0x20 && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    return possible ? std::optional(value) : std::nullopt;
}

/// The character reference at the beginning of `rest` ("&…"): appends its text, gives its length.
std::size_t resolve(std::string_view rest, std::string& out)
{
    const std::size_t end = rest.substr(0, longest_reference).find(';');
    const std::string_view name = end == std::string_view::npos ? "" : rest.substr(1, end - 1);
    if (name.starts_with('#')) {
        if (const auto value = numbered(name)) {
            append_utf8(out, *value);
            return end + 1;
        }
    } else if (const auto* const found = std::ranges::find(references, name, &Reference::name);
               found != std::end(references)) {
        out += found->text;
        return end + 1;
    }
    out += '&';
    return 1;
}

bool is_inline(std::string_view name)
{
    constexpr std::string_view names[] = {"a", "abbr",  "b",    "em",     "font", "i",
                                          "s", "small", "span", "strong", "u"};
    return std::ranges::any_of(names, [&](std::string_view other) { return base::equal_icase(name, other); });
}

/// Elements whose content nobody reads.
bool is_hidden(std::string_view name)
{
    constexpr std::string_view names[] = {"script", "style", "title", "head"};
    return std::ranges::any_of(names, [&](std::string_view other) { return base::equal_icase(name, other); });
}

/// Walks over the text; each step moves on.
class HtmlReader {
public:
    explicit HtmlReader(std::string_view html)
        : m_html(html)
    {
    }

    std::string run()
    {
        while (m_at < m_html.size()) {
            const std::size_t next = std::min(m_html.find_first_of("<&", m_at), m_html.size());
            m_out += m_html.substr(m_at, next - m_at);
            m_at = next;
            if (m_at == m_html.size())
                break;
            if (m_html[m_at] == '&')
                m_at += resolve(m_html.substr(m_at), m_out);
            else
                markup();
        }
        return std::move(m_out);
    }

private:
    void skip_behind(std::string_view what, std::size_t from)
    {
        const std::size_t found = base::find_icase(m_html, what, from);
        m_at = found == std::string_view::npos ? m_html.size() : found + what.size();
    }

    /// A comment, a tag, or a "<" that begins neither.
    void markup()
    {
        const std::string_view rest = m_html.substr(m_at);
        if (rest.starts_with("<!--")) {
            skip_behind("-->", m_at + 4);
            return;
        }
        const bool closing = rest.size() > 1 && rest[1] == '/';
        const std::size_t from = closing ? 2 : 1;
        if (rest.size() <= from || !(base::is_alpha(rest[from]) || rest[from] == '!' || rest[from] == '?')) {
            m_out += '<';
            ++m_at;
            return;
        }
        const std::size_t end = std::min(rest.find_first_of(" \t\r\n/>", from), rest.size());
        const std::string_view name = rest.substr(from, end - from);
        skip_behind(">", m_at + from);
        if (!is_inline(name))
            m_out += ' ';
        if (!closing && is_hidden(name)) {
            skip_behind("</" + std::string(name), m_at);
            skip_behind(">", m_at);
        }
    }

    std::string_view m_html;
    std::string m_out;
    std::size_t m_at = 0;
};

} // namespace

std::string text_of_html(std::string_view html)
{
    return HtmlReader(html).run();
}

} // namespace mansio::message
