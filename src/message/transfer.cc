// The two transfer encodings of rfc2045#6.7 and #6.8, lenient in reading and strict in writing.
#include "base/bytes.h"
#include "base/text.h"
#include "message/section.h"

#include <array>

namespace mansio::message {

namespace {

constexpr std::array<signed char, 256> base64_values = [] {
    std::array<signed char, 256> values{};
    values.fill(-1);
    std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<signed char>(i);
    return values;
}();

int hex_digit(char c)
{
    if (base::is_digit(c))
        return c - '0';
    char lower = base::ascii_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// One line without its end: escapes undone. True when it ends in a soft break.
bool decode_quoted_printable_line(std::string_view line, std::string& out)
{
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t'))
        line.remove_suffix(1);
    bool soft = line.ends_with('=');
    if (soft)
        line.remove_suffix(1);
    for (std::size_t escape = line.find('='); escape != std::string_view::npos; escape = line.find('=')) {
        const bool whole = escape + 2 < line.size();
        const int high = whole ? hex_digit(line[escape + 1]) : -1;
        const int low = high >= 0 ? hex_digit(line[escape + 2]) : -1;
        out += line.substr(0, low < 0 ? escape + 1 : escape);
        if (low >= 0)
            out += static_cast<char>(high * 16 + low);
        line.remove_prefix(low < 0 ? escape + 1 : escape + 3);
    }
    out += line;
    return soft;
}

/// Appends one QP unit, breaking the line first where it would pass 76 columns.
void append_unit(std::string& out, std::size_t& column, std::string_view unit)
{
    if (column + unit.size() > 75) {
        out += "=\r\n";
        column = 0;
    }
    out += unit;
    column += unit.size();
}

std::string escape_byte(char c)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    auto byte = static_cast<unsigned char>(c);
    return {'=', digits[byte >> 4], digits[byte & 15]};
}

} // namespace

std::string decode_base64(std::string_view text)
{
    std::string out;
    out.reserve(text.size() / 4 * 3 + 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (char c : text) {
        if (c == '=') {
            // Padding ends a run; joined runs (some senders encode line by line) go on after it.
            bits = 0;
            count = 0;
            continue;
        }
        int value = base64_values[static_cast<unsigned char>(c)];
        if (value < 0)
            continue;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(bits >> count & 0xff);
        }
    }
    return out;
}

std::string decode_quoted_printable(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        std::size_t feed = text.find('\n');
        bool ended = feed != std::string_view::npos;
        std::string_view line = text.substr(0, ended ? feed : text.size());
        text.remove_prefix(ended ? feed + 1 : text.size());
        bool carriage_return = ended && line.ends_with('\r');
        if (carriage_return)
            line.remove_suffix(1);
        bool soft = decode_quoted_printable_line(line, out);
        if (ended && !soft)
            out += carriage_return ? "\r\n" : "\n";
    }
    return out;
}

std::string encode_base64_lines(std::string_view bytes)
{
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 57)
        out += base::base64_encode(bytes.substr(i, 57)) + "\r\n";
    return out;
}

std::string encode_quoted_printable(std::string_view text)
{
    std::string out;
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '\n' || (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n')) {
            i += c == '\r';
            out += "\r\n";
            column = 0;
            continue;
        }
        bool line_ends = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
        bool plain = (c > ' ' && c < 127 && c != '=') || ((c == ' ' || c == '\t') && !line_ends);
        // A dot or "From " at a line's start upsets old relays: rfc2049#3.
        if (column == 0 && (c == '.' || c == 'F'))
            plain = false;
        append_unit(out, column, plain ? std::string(1, c) : escape_byte(c));
    }
    return out;
}

TransferEncoding transfer_encoding(const Part& part)
{
    std::string_view name = part.encoding;
    if (name == "base64")
        return TransferEncoding::base64;
    if (name == "quoted-printable")
        return TransferEncoding::quoted_printable;
    if (name.empty() || name == "7bit" || name == "8bit" || name == "binary")
        return TransferEncoding::identity;
    return TransferEncoding::unknown;
}

SectionBytes decoded_body(std::string_view message, const Part& part)
{
    std::string_view body = message.substr(part.body_begin, part.body_size());
    if (part.kind != PartKind::single)
        return body;
    switch (transfer_encoding(part)) {
    case TransferEncoding::base64: return decode_base64(body);
    case TransferEncoding::quoted_printable: return decode_quoted_printable(body);
    default: return body;
    }
}

} // namespace mansio::message
