#include "message/charset.h"

#include "base/text.h"

#include <algorithm>
#include <memory>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>
#include <unicode/ustring.h>

namespace mansio::message {

namespace {

struct ConverterCloser {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, ConverterCloser>;

/// Names that ICU does not know but mail uses.
std::string_view without_alias(std::string_view name)
{
    struct Alias {
        std::string_view from, to;
    };
    static constexpr Alias aliases[] = {
        {"utf8", "utf-8"},
        {"ascii", "us-ascii"},
        {"ansi_x3.110-1983", "iso-8859-1"},
        {"iso-8859-16", "iso-8859-2"}, // ICU 72 lacks it; most letters of the two agree
        {"iso-8859-8-i", "iso-8859-8"},
        {"iso-8859-8-e", "iso-8859-8"},
        {"x-gbk", "gbk"},
        {"cp936", "gbk"},
        {"ks_c_5601-1987", "cp949"},
        {"ks_c_5601", "cp949"},
        {"euc-kr", "cp949"},
        {"gb2312", "gbk"},
        {"iso-8859-1", "windows-1252"}, // as every mail program reads it
        {"latin1", "windows-1252"},
        {"us-ascii", "windows-1252"},
    };
    for (int step = 0; step < 2; ++step)
        for (const Alias& alias : aliases)
            if (base::equal_icase(name, alias.from)) {
                name = alias.to;
                break;
            }
    return name;
}

Converter open_converter(std::string_view charset)
{
    if (charset.empty() || charset.size() > 60)
        return nullptr;
    UErrorCode error = U_ZERO_ERROR;
    Converter converter(ucnv_open(std::string(without_alias(charset)).c_str(), &error));
    if (U_FAILURE(error))
        return nullptr;
    return converter;
}

std::string to_string(const icu::UnicodeString& text)
{
    std::string out;
    text.toUTF8String(out);
    return out;
}

/// Well-formed UTF-8 with U+FFFD where bytes were broken.
std::string repair_utf8(std::string_view bytes)
{
    if (base::is_utf8(bytes))
        return std::string(bytes);
    return to_string(icu::UnicodeString::fromUTF8({bytes.data(), static_cast<std::int32_t>(bytes.size())}));
}

/// In pieces, so that no length passes ICU's 32 bits.
std::string convert(UConverter* converter, std::string_view bytes)
{
    std::string out;
    const char* source = bytes.data();
    const char* end = source + bytes.size();
    UChar buffer[4096];
    for (bool more = true; more;) {
        UErrorCode error = U_ZERO_ERROR;
        UChar* target = buffer;
        ucnv_toUnicode(converter, &target, std::end(buffer), &source, end, nullptr, true, &error);
        icu::UnicodeString(false, buffer, static_cast<std::int32_t>(target - buffer)).toUTF8String(out);
        more = error == U_BUFFER_OVERFLOW_ERROR;
    }
    return base::is_utf8(out) ? out : repair_utf8(out);
}

/// Length of the escape sequence at the start, 0 for none: ESC, then "(", "$" or "$(", then a letter.
std::size_t escape_length(std::string_view text)
{
    if (text.size() < 3 || text[0] != '\x1b' || (text[1] != '(' && text[1] != '$'))
        return 0;
    std::size_t length = text[1] == '$' && text[2] == '(' ? 4 : 3;
    return length <= text.size() ? length : 0;
}

/// An escape straight after another makes the first one void; the converter would call it broken. Joined
/// encoded words have that at every seam.
std::string without_void_escapes(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        std::size_t length = escape_length(text);
        bool is_void = length > 0 && escape_length(text.substr(length)) > 0;
        if (!is_void)
            out += text.substr(0, std::max<std::size_t>(length, 1));
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string guess(std::string_view bytes)
{
    if (base::is_utf8(bytes))
        return std::string(bytes);
    Converter converter = open_converter("windows-1252");
    return converter ? convert(converter.get(), bytes) : repair_utf8(bytes);
}

} // namespace

bool is_known_charset(std::string_view charset)
{
    return open_converter(charset) != nullptr;
}

std::string to_utf8(std::string_view bytes, std::string_view charset)
{
    if (base::equal_icase(charset, "utf-8") || base::equal_icase(charset, "utf8"))
        return base::is_utf8(bytes) ? std::string(bytes) : guess(bytes);
    bool seven_bit = base::equal_icase(charset, "us-ascii") || charset.empty();
    if (seven_bit)
        return guess(bytes);
    Converter converter = open_converter(charset);
    if (converter && base::starts_with_icase(charset, "iso-2022-jp"))
        return convert(converter.get(), without_void_escapes(bytes));
    return converter ? convert(converter.get(), bytes) : guess(bytes);
}

} // namespace mansio::message
