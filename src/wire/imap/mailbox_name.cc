#include "wire/imap/mailbox_name.h"

#include "base/text.h"

#include <array>
#include <cstdint>

namespace mansio::wire::imap {
namespace {

// Base64 with "," for "/": rfc3501#5.1.3
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

constexpr std::array<std::int8_t, 256> make_reverse()
{
    std::array<std::int8_t, 256> reverse{};
    reverse.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        reverse[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return reverse;
}

constexpr auto reverse_alphabet = make_reverse();

bool is_printable(char32_t c)
{
    return c >= 0x20 && c <= 0x7E;
}

void append_utf8(std::string& out, char32_t c)
{
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | c >> 6);
        tail(0);
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | c >> 12);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | c >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

/// Takes one code point off the front of well-formed UTF-8.
char32_t take_utf8(std::string_view& text)
{
    const auto lead = static_cast<unsigned char>(text[0]);
    std::size_t length = 1;
    char32_t c = lead;
    if (lead >= 0xF0) {
        length = 4;
        c = lead & 7;
    } else if (lead >= 0xE0) {
        length = 3;
        c = lead & 15;
    } else if (lead >= 0xC0) {
        length = 2;
        c = lead & 31;
    }
    for (std::size_t i = 1; i < length; ++i)
        c = c << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
    text.remove_prefix(length);
    return c;
}

/// UTF-16 units of one base64 run to UTF-8. Encoded printable ASCII is refused: each name has one spelling.
class Utf16Reader {
public:
    explicit Utf16Reader(std::string& out)
        : m_out(out)
    {
    }

    bool unit(char16_t unit)
    {
        const bool high = unit >= 0xD800 && unit <= 0xDBFF;
        const bool low = unit >= 0xDC00 && unit <= 0xDFFF;
        if (low != (m_high != 0))
            return false;
        if (high) {
            m_high = unit;
            return true;
        }
        const char32_t c = low ? 0x10000 + ((m_high - 0xD800U) << 10) + (unit - 0xDC00U) : unit;
        m_high = 0;
        if (is_printable(c))
            return false;
        append_utf8(m_out, c);
        return true;
    }
    bool finished() const { return m_high == 0; }

private:
    std::string& m_out;
    char16_t m_high = 0;
};

/// The base64 between "&" and "-".
bool decode_run(std::string_view run, std::string& out)
{
    Utf16Reader reader(out);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : run) {
        const int value = reverse_alphabet[static_cast<unsigned char>(c)];
        if (value < 0)
            return false;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 16)
            continue;
        count -= 16;
        if (!reader.unit(static_cast<char16_t>(bits >> count)))
            return false;
        bits &= (1U << count) - 1;
    }
    return reader.finished() && count < 6 && bits == 0;
}

void encode_run(std::u16string_view units, std::string& out)
{
    std::uint32_t bits = 0;
    unsigned count = 0;
    out += '&';
    for (const char16_t unit : units) {
        bits = bits << 16 | unit;
        count += 16;
        for (; count >= 6; count -= 6)
            out += alphabet[bits >> (count - 6) & 63];
        bits &= (1U << count) - 1;
    }
    if (count > 0)
        out += alphabet[bits << (6 - count) & 63];
    out += '-';
}

void append_utf16(std::u16string& units, char32_t c)
{
    if (c < 0x10000) {
        units += static_cast<char16_t>(c);
        return;
    }
    c -= 0x10000;
    units += static_cast<char16_t>(0xD800 + (c >> 10));
    units += static_cast<char16_t>(0xDC00 + (c & 0x3FF));
}

} // namespace

std::optional<std::string> decode_modified_utf7(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    bool after_run = false;
    while (!text.empty()) {
        if (text[0] != '&') {
            if (!is_printable(static_cast<unsigned char>(text[0])))
                return std::nullopt;
            out += text[0];
            text.remove_prefix(1);
            after_run = false;
            continue;
        }
        const auto end = text.find('-');
        if (end == std::string_view::npos)
            return std::nullopt;
        if (end == 1) {
            out += '&';
            after_run = false;
        } else if (after_run || !decode_run(text.substr(1, end - 1), out)) {
            return std::nullopt; // two runs in a row have a shorter spelling
        } else {
            after_run = true;
        }
        text.remove_prefix(end + 1);
    }
    return out;
}

std::string encode_modified_utf7(std::string_view utf8)
{
    std::string out;
    std::u16string run;
    const auto flush = [&] {
        if (!run.empty())
            encode_run(run, out);
        run.clear();
    };
    while (!utf8.empty()) {
        const char32_t c = take_utf8(utf8);
        if (!is_printable(c)) {
            append_utf16(run, c);
            continue;
        }
        flush();
        out += static_cast<char>(c);
        if (c == '&')
            out += '-';
    }
    flush();
    return out;
}

std::optional<std::string> mailbox_from_wire(std::string_view text, NameEncoding encoding)
{
    std::optional<std::string> name;
    if (encoding == NameEncoding::modified_utf7)
        name = decode_modified_utf7(text);
    if (!name) {
        if (!base::is_utf8(text))
            return std::nullopt;
        name = text;
    }
    if (base::starts_with_icase(*name, "INBOX") && (name->size() == 5 || (*name)[5] == '/'))
        name->replace(0, 5, "INBOX");
    return name;
}

std::string mailbox_to_wire(std::string_view utf8, NameEncoding encoding)
{
    return encoding == NameEncoding::utf8 ? std::string(utf8) : encode_modified_utf7(utf8);
}

} // namespace mansio::wire::imap
