#include "message/encoded_word.h"

#include "base/bytes.h"
#include "base/text.h"
#include "message/charset.h"
#include "message/header.h"
#include "message/section.h"

namespace mansio::message {

namespace {

bool is_white(char c)
{
    return c == ' ' || c == '\t';
}

/// =?charset*language?encoding?text?= at the start of `text` (rfc2047#2, rfc2231#5).
struct Word {
    std::string_view charset;
    char encoding = 0;
    std::string_view payload;
    std::size_t length = 0;
};

// Of a charset's name; the longest registered one has 45.
constexpr std::size_t max_charset = 80;

/// Finds words in one text. Remembers where the next "?=" is, so that many openings without an end stay
/// linear.
class WordFinder {
public:
    explicit WordFinder(std::string_view text)
        : m_text(text)
    {
    }
    std::optional<Word> match(std::size_t at);

private:
    std::size_t next_end(std::size_t from);
    std::string_view m_text;
    std::size_t m_searched = 0; ///< no "?=" between this and m_end
    std::optional<std::size_t> m_end;
};

std::size_t WordFinder::next_end(std::size_t from)
{
    if (!m_end || *m_end < from || m_searched > from) {
        m_end = m_text.find("?=", from);
        m_searched = from;
    }
    return *m_end;
}

std::optional<Word> WordFinder::match(std::size_t at)
{
    std::string_view text = m_text.substr(at);
    if (!text.starts_with("=?"))
        return std::nullopt;
    std::size_t charset_end = text.substr(0, max_charset).find('?', 2);
    if (charset_end == std::string_view::npos || charset_end + 2 >= text.size() ||
        text[charset_end + 2] != '?')
        return std::nullopt;
    std::size_t payload = at + charset_end + 3;
    Word word;
    word.charset = text.substr(2, charset_end - 2);
    word.charset = word.charset.substr(0, word.charset.find('*'));
    word.encoding = base::ascii_lower(text[charset_end + 1]);
    bool known = word.encoding == 'q' || word.encoding == 'b';
    if (!known || word.charset.empty() || word.charset.find(' ') != std::string_view::npos)
        return std::nullopt;
    std::size_t end = next_end(payload);
    if (end == std::string_view::npos)
        return std::nullopt;
    word.payload = m_text.substr(payload, end - payload);
    word.length = end + 2 - at;
    return word;
}

std::string payload_bytes(const Word& word)
{
    if (word.encoding == 'b')
        return decode_base64(word.payload);
    std::string text(word.payload);
    for (char& c : text)
        if (c == '_')
            c = ' ';
    text += '.'; // keeps trailing spaces from being taken for transport padding
    text = decode_quoted_printable(text);
    text.pop_back();
    return text;
}

/// Words of one charset are joined before conversion: senders cut characters in two.
class HeaderDecoder {
public:
    std::string run(std::string_view text);

private:
    void flush();
    std::string m_out;
    std::string m_bytes;
    std::string m_charset;
};

void HeaderDecoder::flush()
{
    if (!m_bytes.empty())
        m_out += to_utf8(m_bytes, m_charset);
    m_bytes.clear();
}

std::string HeaderDecoder::run(std::string_view text)
{
    WordFinder words(text);
    bool after_word = false;
    std::size_t at = 0;
    while (at < text.size()) {
        std::size_t gap = at;
        while (after_word && gap < text.size() && is_white(text[gap]))
            ++gap;
        if (auto word = words.match(gap)) {
            if (!base::equal_icase(m_charset, word->charset))
                flush();
            m_charset = word->charset;
            m_bytes += payload_bytes(*word);
            at = gap + word->length;
            after_word = true;
            continue;
        }
        flush();
        after_word = false;
        std::size_t next = text.find("=?", gap + 1);
        next = next == std::string_view::npos ? text.size() : next;
        m_out += to_utf8(text.substr(at, next - at), "utf-8");
        at = next;
    }
    flush();
    return std::move(m_out);
}

bool plain_in_q(char c)
{
    return base::is_alpha(c) || base::is_digit(c) || c == '-' || c == '.' || c == '!' || c == '*' ||
           c == '+' || c == '/';
}

std::size_t q_length(std::string_view bytes)
{
    std::size_t length = 0;
    for (char c : bytes)
        length += plain_in_q(c) || c == ' ' ? 1 : 3;
    return length;
}

std::string encode_q(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (char c : bytes) {
        auto byte = static_cast<unsigned char>(c);
        if (c == ' ')
            out += '_';
        else if (plain_in_q(c))
            out += c;
        else
            out += {'=', digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

/// Bytes of the character at the start, 1 when it is no UTF-8.
std::size_t character_length(std::string_view text)
{
    auto first = static_cast<unsigned char>(text.front());
    std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    return length <= text.size() && base::is_utf8(text.substr(0, length)) ? length : 1;
}

int hex_digit(char c)
{
    if (base::is_digit(c))
        return c - '0';
    char lower = base::ascii_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decode(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low < 0) {
            out += text[i];
            continue;
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

/// "charset'language'" in front of an extended value; taken off.
std::string_view take_charset(std::string_view& value)
{
    std::size_t first = value.find('\'');
    std::size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
    if (second == std::string_view::npos)
        return {};
    std::string_view charset = value.substr(0, first);
    value.remove_prefix(second + 1);
    return charset;
}

/// What follows the name in "name*", "name*3", "name*3*".
struct Piece {
    std::optional<std::size_t> index;
    bool extended = false;
    std::string_view value;
};

std::optional<Piece> match_piece(const Parameter& parameter, std::string_view name)
{
    if (!base::starts_with_icase(parameter.name, name))
        return std::nullopt;
    std::string_view rest = std::string_view(parameter.name).substr(name.size());
    if (!rest.starts_with('*'))
        return std::nullopt;
    rest.remove_prefix(1);
    Piece piece{.index = std::nullopt, .extended = rest.empty(), .value = parameter.value};
    if (rest.empty())
        return piece;
    if (rest.ends_with('*')) {
        piece.extended = true;
        rest.remove_suffix(1);
    }
    auto number = base::parse_number(rest, 9999);
    if (!number)
        return std::nullopt;
    piece.index = *number;
    return piece;
}

std::string join_pieces(const std::vector<Piece>& pieces)
{
    std::string bytes;
    std::string_view charset;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        std::string_view value = pieces[i].value;
        if (i == 0 && pieces[i].extended)
            charset = take_charset(value);
        bytes += pieces[i].extended ? percent_decode(value) : std::string(value);
    }
    return to_utf8(bytes, charset);
}

} // namespace

std::string decode_header_text(std::string_view value)
{
    std::string text = unfold(value);
    if (text.find("=?") == std::string::npos)
        return to_utf8(text, "utf-8");
    return HeaderDecoder().run(text);
}

std::string encode_words(std::string_view bytes, std::string_view charset)
{
    bool quoted = q_length(bytes) <= (bytes.size() + 2) / 3 * 4;
    std::size_t room = 75 - charset.size() -
                       std::string_view("=?"
                                        "?q?"
                                        "?=")
                           .size();
    std::string out;
    while (!bytes.empty()) {
        std::size_t size = 0;
        std::size_t length = 0;
        while (size < bytes.size()) {
            std::size_t next = character_length(bytes.substr(size));
            length = quoted ? length + q_length(bytes.substr(size, next)) : (size + next + 2) / 3 * 4;
            if (size > 0 && length > room)
                break;
            size += next;
        }
        std::string_view piece = bytes.substr(0, size);
        out += out.empty() ? "=?" : " =?";
        out.append(charset) += quoted ? "?Q?" + encode_q(piece) : "?B?" + base::base64_encode(piece);
        out += "?=";
        bytes.remove_prefix(size);
    }
    return out;
}

std::string encode_header_text(std::string_view utf8)
{
    std::string text(utf8);
    for (char& c : text)
        if (c == '\r' || c == '\n')
            c = ' ';
    if (base::is_ascii(text) && text.find("=?") == std::string::npos)
        return text;
    return encode_words(text, "utf-8");
}

std::optional<std::string> decode_parameter(const Parameters& parameters, std::string_view name)
{
    std::vector<Piece> numbered;
    for (const Parameter& parameter : parameters) {
        auto piece = match_piece(parameter, name);
        if (!piece)
            continue;
        if (!piece->index)
            return join_pieces({*piece});
        if (*piece->index == numbered.size())
            numbered.push_back(*piece);
    }
    if (!numbered.empty())
        return join_pieces(numbered);
    if (auto plain = find_parameter(parameters, name))
        return decode_header_text(*plain);
    return std::nullopt;
}

} // namespace mansio::message
