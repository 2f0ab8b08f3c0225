#include "wire/imap/cursor.h"

#include "base/text.h"
#include "wire/imap/mailbox_name.h"

#include <algorithm>

namespace mansio::wire::imap {
namespace {

bool is_text(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7F;
}

bool is_astring_char(char c)
{
    return is_atom_char(c) || c == ']';
}

/// rfc9051#9 list-char, and 8-bit: raw UTF-8 names
bool is_list_char(char c)
{
    return is_astring_char(c) || c == '%' || c == '*' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_name_char(char c)
{
    return is_astring_char(c) || static_cast<unsigned char>(c) >= 0x80;
}

bool is_tag_char(char c)
{
    return is_astring_char(c) && c != '+';
}

bool is_keyword_char(char c)
{
    return base::is_alpha(c) || base::is_digit(c) || std::string_view("-._=+:").contains(c);
}

bool is_flag_char(char c)
{
    return is_text(c) && c != '(' && c != ')';
}

} // namespace

bool is_atom_char(char c)
{
    return is_text(c) && static_cast<unsigned char>(c) < 0x80 && !std::string_view("(){%*\"\\]").contains(c);
}

bool Cursor::wanted(std::string_view what)
{
    if (m_error.wanted.empty()) {
        m_error.at = m_at;
        m_error.wanted = what;
    }
    return false;
}

bool Cursor::take(char c)
{
    if (done() || m_bytes[m_at] != c)
        return false;
    ++m_at;
    return true;
}

bool Cursor::take_prefix(std::string_view prefix)
{
    if (!base::starts_with_icase(m_bytes.substr(m_at), prefix))
        return false;
    m_at += prefix.size();
    return true;
}

bool Cursor::take_word(std::string_view word)
{
    const std::size_t after = m_at + word.size();
    if (after < m_bytes.size() && is_atom_char(m_bytes[after]) && m_bytes[after] != '[' &&
        m_bytes[after] != '<')
        return false;
    return take_prefix(word);
}

void Cursor::take_spaces()
{
    while (take(' '))
        ;
}

bool Cursor::expect(char c)
{
    if (take(c))
        return true;
    return wanted(c == ' ' ? std::string("space") : std::string("\"") + c + '"');
}

bool Cursor::end()
{
    take_spaces(); // a space before CRLF is common and harmless
    return done() || wanted("end of line");
}

std::string_view Cursor::atom_chars(bool (*allowed)(char))
{
    const auto* const from = m_bytes.begin() + static_cast<std::ptrdiff_t>(m_at);
    const auto* const to = std::find_if_not(from, m_bytes.end(), allowed);
    const auto found = m_bytes.substr(m_at, static_cast<std::size_t>(to - from));
    m_at += found.size();
    return found;
}

bool Cursor::tag(std::string& out)
{
    out = atom_chars(is_tag_char);
    return !out.empty() || wanted("tag");
}

bool Cursor::atom(std::string& out)
{
    out = atom_chars(is_atom_char);
    return !out.empty() || wanted("atom");
}

bool Cursor::keyword(std::string& out)
{
    out = base::to_upper(atom_chars(is_keyword_char));
    return !out.empty() || wanted("keyword");
}

/// quoted of rfc9051#9. Other backslashes than \" and \\ are taken as they stand; CR, LF and NUL never occur.
bool Cursor::quoted(std::string& out)
{
    if (!expect('"'))
        return false;
    while (!done()) {
        char c = m_bytes[m_at];
        if (c == '\0' || c == '\r' || c == '\n')
            return wanted("text without CR, LF or NUL");
        ++m_at;
        if (c == '"')
            return base::is_utf8(out) || wanted("UTF-8 text");
        if (c == '\\' && (peek() == '"' || peek() == '\\'))
            c = m_bytes[m_at++];
        out += c;
    }
    return wanted("closing quote");
}

bool Cursor::literal_head(LiteralHead& out)
{
    out.binary = take('~');
    if (!expect('{') || !number(out.size))
        return false;
    out.unasked = take('+');
    return expect('}');
}

bool Cursor::last_literal(LiteralHead& out)
{
    if (!literal_head(out))
        return false;
    return done() || wanted("end of line");
}

bool Cursor::literal(std::string& out)
{
    LiteralHead head;
    if (!literal_head(head))
        return false;
    if (done()) {
        wanted("literal");
        m_error.incomplete = true;
        return false;
    }
    if (!take('\r') || !take('\n') || m_bytes.size() - m_at < head.size)
        return wanted("literal");
    out = m_bytes.substr(m_at, head.size);
    if (!head.binary && out.contains('\0'))
        return wanted("literal without NUL");
    m_at += head.size;
    return true;
}

bool Cursor::string(std::string& out)
{
    out.clear();
    if (peek() == '"')
        return quoted(out);
    if (peek() == '{' || peek() == '~')
        return literal(out);
    return wanted("string");
}

bool Cursor::astring(std::string& out)
{
    if (peek() == '"' || peek() == '{')
        return string(out);
    out = atom_chars(is_name_char);
    if (out.empty())
        return wanted("astring");
    return base::is_utf8(out) || wanted("UTF-8 text");
}

bool Cursor::nstring(std::optional<std::string>& out)
{
    if (take_word("NIL")) {
        out.reset();
        return true;
    }
    out.emplace();
    return astring(*out);
}

bool Cursor::name_from(const std::string& wire, std::string& out)
{
    auto name = mailbox_from_wire(wire, m_options.names);
    if (!name)
        return wanted("mailbox name in UTF-8");
    out = std::move(*name);
    return true;
}

bool Cursor::mailbox(std::string& out)
{
    std::string wire;
    return astring(wire) && name_from(wire, out);
}

bool Cursor::list_mailbox(std::string& out)
{
    std::string wire;
    if (peek() == '"' || peek() == '{')
        return string(wire) && name_from(wire, out);
    wire = atom_chars(is_list_char);
    if (wire.empty())
        return wanted("list pattern");
    return name_from(wire, out);
}

bool Cursor::number(std::uint64_t& out, std::uint64_t max)
{
    const std::size_t start = m_at;
    const auto digits = atom_chars([](char c) { return base::is_digit(c); });
    const auto value = base::parse_number(digits, max);
    if (!value) {
        m_at = start;
        return wanted("number");
    }
    out = *value;
    return true;
}

bool Cursor::nz_number(std::uint32_t& out)
{
    std::uint64_t value = 0;
    if (!number(value, UINT32_MAX))
        return false;
    out = static_cast<std::uint32_t>(value);
    return value != 0 || wanted("number above 0");
}

bool Cursor::sequence_number(std::uint32_t& out)
{
    if (take('*')) {
        out = SequenceRange::star;
        return true;
    }
    return nz_number(out);
}

bool Cursor::sequence_set(SequenceSet& out)
{
    if (take('$')) {
        out.saved_result = true;
        return true;
    }
    do {
        SequenceRange range;
        if (!sequence_number(range.first))
            return false;
        range.last = range.first;
        if (take(':') && !sequence_number(range.last))
            return false;
        if (out.ranges.size() == m_options.ranges)
            return wanted("a shorter sequence set");
        out.ranges.push_back(range);
    } while (take(','));
    return true;
}

bool Cursor::flag(std::string& out)
{
    out = atom_chars(is_flag_char);
    if (out.empty() || out == "\\")
        return wanted("flag");
    const std::size_t from = out[0] == '\\' ? 1 : 0;
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(from), out.end(), [](char c) { return !is_atom_char(c); },
        '_');
    return true;
}

bool Cursor::flag_list(std::vector<std::string>& out)
{
    return parenthesised(*this, [&](Cursor& in) { return in.flag(out.emplace_back()); });
}

bool Cursor::date(Day& out)
{
    std::string text;
    const bool taken = peek() == '"' ? quoted(text) : atom(text);
    if (!taken)
        return false;
    const auto day = parse_date(text);
    if (!day)
        return wanted("date");
    out = *day;
    return true;
}

bool Cursor::date_time(base::Seconds& out)
{
    std::string text;
    if (!quoted(text))
        return false;
    const auto time = parse_date_time(text);
    if (!time)
        return wanted("date-time");
    out = *time;
    return true;
}

} // namespace mansio::wire::imap
