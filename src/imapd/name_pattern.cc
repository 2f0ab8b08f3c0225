#include "imapd/name_pattern.h"

#include "base/text.h"

#include <vector>

namespace mansio::imapd {
namespace {

constexpr std::size_t max_pattern = 2000; // longer than any name: matches none

bool same(char pattern, char name, bool any_case)
{
    return any_case ? base::ascii_lower(pattern) == base::ascii_lower(name) : pattern == name;
}

} // namespace

bool name_matches(std::string_view pattern, std::string_view name)
{
    if (pattern.size() > max_pattern)
        return false;
    const bool any_case = name == "INBOX";
    // matched[n]: the pattern so far matches the first n characters of the name.
    std::vector<bool> matched(name.size() + 1, false);
    matched[0] = true;
    for (const char p : pattern) {
        if (p == '*' || p == '%') {
            for (std::size_t n = 1; n <= name.size(); ++n)
                matched[n] = matched[n] || (matched[n - 1] && (p == '*' || name[n - 1] != '/'));
            continue;
        }
        for (std::size_t n = name.size(); n > 0; --n)
            matched[n] = matched[n - 1] && same(p, name[n - 1], any_case);
        matched[0] = false;
    }
    return matched[name.size()];
}

} // namespace mansio::imapd
