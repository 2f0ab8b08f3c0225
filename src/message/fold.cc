// fold_for_search (charset.h). Most text is ASCII, most of the rest lies below U+0600: both go through
// tables. What is left goes through ICU, in pieces. Each character below U+0600 folds to the same whatever
// stands beside it, so cutting there changes nothing.
#include "base/text.h"
#include "message/charset.h"

#include <array>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <vector>

namespace mansio::message {

namespace {

constexpr char32_t first_tabled = 0x80;
constexpr char32_t end_tabled = 0x600; // Latin, Greek, Cyrillic, Armenian, Hebrew, and their marks

constexpr std::array<char, 128> ascii_folds = [] {
    std::array<char, 128> folds{};
    for (std::size_t i = 0; i < folds.size(); ++i)
        folds[i] = base::ascii_lower(static_cast<char>(i));
    for (const char white : {'\t', '\n', '\v', '\f', '\r'})
        folds[static_cast<std::size_t>(white)] = ' ';
    return folds;
}();

bool is_ascii(char c)
{
    return static_cast<unsigned char>(c) < 0x80;
}

bool is_mark(UChar32 c)
{
    return u_charType(c) == U_NON_SPACING_MARK || u_charType(c) == U_ENCLOSING_MARK;
}

/// Everything but joining runs of white space.
std::string fold_by_icu(std::string_view utf8)
{
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKDInstance(error);
    if (U_FAILURE(error))
        return base::to_lower(utf8);
    auto text = icu::UnicodeString::fromUTF8({utf8.data(), static_cast<std::int32_t>(utf8.size())});
    icu::UnicodeString folded = normalizer->normalize(text, error);
    folded.foldCase();
    folded = normalizer->normalize(folded, error);
    icu::UnicodeString kept;
    for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
        const UChar32 c = folded.char32At(i);
        if (!is_mark(c))
            kept.append(u_isUWhiteSpace(c) ? static_cast<UChar32>(' ') : c);
    }
    std::string out;
    kept.toUTF8String(out);
    return out;
}

std::string two_bytes(char32_t c)
{
    return {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
}

/// What each character from U+0080 to U+05FF folds to.
const std::string& tabled_fold(char32_t c)
{
    static const auto folds = [] {
        std::vector<std::string> made;
        for (char32_t at = first_tabled; at < end_tabled; ++at)
            made.push_back(fold_by_icu(two_bytes(at)));
        return made;
    }();
    return folds[c - first_tabled];
}

/// The character when `text` begins with a tabled one, else 0.
char32_t tabled_at(std::string_view text)
{
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0xC2 || lead > 0xD7 || text.size() < 2)
        return 0;
    const auto tail = static_cast<unsigned char>(text[1]);
    return (tail & 0xC0) == 0x80 ? static_cast<char32_t>((lead & 0x1F) << 6 | (tail & 0x3F)) : 0;
}

class Folder {
public:
    explicit Folder(std::size_t size) { m_out.reserve(size); }

    /// Up to the first byte that is not ASCII; says how many.
    std::size_t add_ascii(std::string_view text)
    {
        std::size_t used = 0;
        const std::size_t before = m_out.size();
        m_out.resize_and_overwrite(before + text.size(), [&](char* out, std::size_t) {
            char* to = out + before;
            bool white = m_white;
            for (; used < text.size() && is_ascii(text[used]); ++used) {
                const char folded = ascii_folds[static_cast<std::size_t>(text[used])];
                const bool is_white = folded == ' ';
                *to = folded; // overwritten by the next one where it continues a run of white space
                to += !(is_white && white);
                white = is_white;
            }
            m_white = white;
            return static_cast<std::size_t>(to - out);
        });
        return used;
    }

    /// Folded text with its white space not yet joined.
    void add(std::string_view folded)
    {
        for (const char c : folded) {
            const bool is_white = c == ' ';
            if (!(is_white && m_white))
                m_out += c;
            m_white = is_white;
        }
    }

    std::string take() { return std::move(m_out); }

private:
    std::string m_out;
    bool m_white = false;
};

/// How many bytes from the start are neither ASCII nor tabled. Tails of UTF-8 are never taken for a lead.
std::size_t untabled_run(std::string_view text)
{
    constexpr std::size_t longest = 1 << 20; // ICU counts in 32 bits, and converts in memory
    std::size_t i = 0;
    while (i < text.size() && !is_ascii(text[i]) && tabled_at(text.substr(i)) == 0) {
        const bool may_cut = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
        if (i >= longest && may_cut)
            break;
        ++i;
    }
    return i;
}

} // namespace

std::string fold_for_search(std::string_view utf8)
{
    Folder folder(utf8.size());
    while (!utf8.empty()) {
        std::size_t used = folder.add_ascii(utf8);
        utf8.remove_prefix(used);
        while (!utf8.empty() && !is_ascii(utf8[0])) {
            const char32_t tabled = tabled_at(utf8);
            used = tabled != 0 ? 2 : untabled_run(utf8);
            folder.add(tabled != 0 ? tabled_fold(tabled) : fold_by_icu(utf8.substr(0, used)));
            utf8.remove_prefix(used);
        }
    }
    return folder.take();
}

} // namespace mansio::message
