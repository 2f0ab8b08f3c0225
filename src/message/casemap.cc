#include "message/casemap.h"

#include "base/text.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace mansio::message {

namespace {

bool is_ascii(char c)
{
    return static_cast<unsigned char>(c) < 0x80;
}

/// How many bytes from the start are not ASCII. Cut before a character that begins behind 1 MiB: ICU counts
/// in 32 bits.
std::size_t other_run(std::string_view text)
{
    constexpr std::size_t longest = 1 << 20;
    std::size_t end = 0;
    while (end < text.size() && !is_ascii(text[end])) {
        const bool may_cut = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
        if (end >= longest && may_cut)
            break;
        ++end;
    }
    return end;
}

void add_mapped(std::string& out, std::string_view utf8, const icu::Normalizer2& decomposer)
{
    const auto text = icu::UnicodeString::fromUTF8({utf8.data(), static_cast<std::int32_t>(utf8.size())});
    icu::UnicodeString mapped;
    icu::UnicodeString decomposed;
    for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        const UChar32 title = u_totitle(text.char32At(i));
        if (decomposer.getDecomposition(title, decomposed))
            mapped.append(decomposed);
        else
            mapped.append(title);
    }
    mapped.toUTF8String(out);
}

} // namespace

std::string casemap(std::string_view utf8)
{
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* decomposer = icu::Normalizer2::getNFKDInstance(error);
    if (U_FAILURE(error))
        return base::to_upper(utf8);
    std::string out;
    out.reserve(utf8.size());
    for (std::size_t at = 0; at < utf8.size();) {
        if (is_ascii(utf8[at])) {
            out += base::ascii_upper(utf8[at++]);
            continue;
        }
        const std::size_t run = other_run(utf8.substr(at));
        add_mapped(out, utf8.substr(at, run), *decomposer);
        at += run;
    }
    return out;
}

} // namespace mansio::message
