#include "mailbox/uid_set.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::mailbox {

UidSet::UidSet(std::vector<UidRange> ranges)
{
    std::ranges::sort(ranges, {}, &UidRange::first);
    for (const UidRange& range : ranges) {
        if (!m_ranges.empty() && range.first <= std::uint64_t{m_ranges.back().last} + 1)
            m_ranges.back().last = std::max(m_ranges.back().last, range.last);
        else
            m_ranges.push_back(range);
    }
}

UidSet UidSet::of(const std::vector<Uid>& uids)
{
    std::vector<UidRange> ranges;
    ranges.reserve(uids.size());
    for (const Uid uid : uids)
        ranges.push_back({uid, uid});
    return UidSet(std::move(ranges));
}

void UidSet::add(UidRange range)
{
    if (m_ranges.empty() || range.first > std::uint64_t{m_ranges.back().last} + 1) {
        m_ranges.push_back(range);
        return;
    }
    if (range.first >= m_ranges.back().first) {
        m_ranges.back().last = std::max(m_ranges.back().last, range.last);
        return;
    }
    auto ranges = std::move(m_ranges);
    ranges.push_back(range);
    *this = UidSet(std::move(ranges));
}

bool UidSet::contains(Uid uid) const
{
    const auto after = std::ranges::upper_bound(m_ranges, uid, {}, &UidRange::first);
    return after != m_ranges.begin() && std::prev(after)->last >= uid;
}

std::uint64_t UidSet::count() const
{
    std::uint64_t total = 0;
    for (const UidRange& range : m_ranges)
        total += std::uint64_t{range.last} - range.first + 1;
    return total;
}

std::string UidSet::text() const
{
    fmt::memory_buffer out;
    for (const UidRange& range : m_ranges) {
        if (out.size() > 0)
            out.push_back(',');
        if (range.first == range.last)
            fmt::format_to(std::back_inserter(out), "{}", range.first);
        else
            fmt::format_to(std::back_inserter(out), "{}:{}", range.first, range.last);
    }
    return fmt::to_string(out);
}

} // namespace mansio::mailbox
