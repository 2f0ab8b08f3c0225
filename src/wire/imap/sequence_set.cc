#include "wire/imap/sequence_set.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::wire::imap {

NumberSet::NumberSet(std::vector<NumberRange> ranges)
{
    std::ranges::sort(ranges, {}, &NumberRange::first);
    for (const NumberRange& range : ranges) {
        if (!m_ranges.empty() && range.first <= std::uint64_t{m_ranges.back().last} + 1)
            m_ranges.back().last = std::max(m_ranges.back().last, range.last);
        else
            m_ranges.push_back(range);
    }
}

bool NumberSet::contains(std::uint32_t number) const
{
    const auto after = std::ranges::upper_bound(m_ranges, number, {}, &NumberRange::first);
    return after != m_ranges.begin() && number <= std::prev(after)->last;
}

void NumberSet::add(std::uint32_t number)
{
    if (!m_ranges.empty() && number <= m_ranges.back().last)
        return;
    if (!m_ranges.empty() && m_ranges.back().last + 1 == number)
        m_ranges.back().last = number;
    else
        m_ranges.push_back({number, number});
}

std::uint64_t NumberSet::count() const
{
    std::uint64_t total = 0;
    for (const NumberRange& range : m_ranges)
        total += std::uint64_t{range.last} - range.first + 1;
    return total;
}

std::string NumberSet::text() const
{
    std::string out;
    for (const NumberRange& range : m_ranges) {
        if (!out.empty())
            out += ',';
        if (range.first == range.last)
            fmt::format_to(std::back_inserter(out), "{}", range.first);
        else
            fmt::format_to(std::back_inserter(out), "{}:{}", range.first, range.last);
    }
    return out;
}

NumberSet SequenceSet::resolve(std::uint32_t largest) const
{
    std::vector<NumberRange> resolved;
    resolved.reserve(ranges.size());
    for (const SequenceRange& range : ranges) {
        const bool has_star = range.first == SequenceRange::star || range.last == SequenceRange::star;
        if (has_star && largest == 0)
            continue;
        const std::uint32_t first = range.first == SequenceRange::star ? largest : range.first;
        const std::uint32_t last = range.last == SequenceRange::star ? largest : range.last;
        resolved.push_back({std::min(first, last), std::max(first, last)});
    }
    return NumberSet(std::move(resolved));
}

} // namespace mansio::wire::imap
