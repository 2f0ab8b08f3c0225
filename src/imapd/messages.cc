#include "imapd/messages.h"

#include <algorithm>

namespace mansio::imapd {

imap::NumberSet resolve_uids(const mailbox::View& view, const imap::NumberSet& uids)
{
    std::vector<imap::NumberRange> found;
    for (const imap::NumberRange& range : uids.ranges()) {
        const std::size_t first = view.lower_bound(range.first);
        const std::size_t end = range.last == UINT32_MAX ? view.size() : view.lower_bound(range.last + 1);
        if (first < end)
            found.push_back({static_cast<std::uint32_t>(first + 1), static_cast<std::uint32_t>(end)});
    }
    return imap::NumberSet(std::move(found));
}

imap::NumberSet resolve(const Selected& selected, const imap::SequenceSet& set, imap::Numbering numbering)
{
    const mailbox::View& view = *selected.shown;
    if (set.saved_result)
        return resolve_uids(view, to_number_set(selected.saved_result));
    if (numbering == imap::Numbering::uid)
        return resolve_uids(view, set.resolve(largest_uid(view)));
    const auto size = static_cast<std::uint32_t>(view.size());
    std::vector<imap::NumberRange> inside;
    for (const imap::NumberRange& range : set.resolve(size).ranges())
        if (range.first <= size)
            inside.push_back({range.first, std::min(range.last, size)});
    return imap::NumberSet(std::move(inside));
}

mailbox::UidSet uids_of(const mailbox::View& view, const imap::NumberSet& messages)
{
    std::vector<mailbox::UidRange> ranges;
    for_each_index(messages, [&](std::size_t index) {
        const mailbox::Uid uid = view.at(index).uid;
        if (!ranges.empty() && ranges.back().last + 1 == uid)
            ranges.back().last = uid;
        else
            ranges.push_back({uid, uid});
    });
    return mailbox::UidSet(std::move(ranges));
}

imap::NumberSet to_number_set(const mailbox::UidSet& uids)
{
    std::vector<imap::NumberRange> ranges;
    ranges.reserve(uids.ranges().size());
    for (const mailbox::UidRange& range : uids.ranges())
        ranges.push_back({range.first, range.last});
    return imap::NumberSet(std::move(ranges));
}

mailbox::UidSet to_uid_set(const imap::NumberSet& uids)
{
    std::vector<mailbox::UidRange> ranges;
    ranges.reserve(uids.ranges().size());
    for (const imap::NumberRange& range : uids.ranges())
        ranges.push_back({range.first, range.last});
    return mailbox::UidSet(std::move(ranges));
}

imap::NumberSet part_of(const imap::NumberSet& messages, const imap::PartialRange& range)
{
    const std::uint64_t count = messages.count();
    std::uint64_t first = range.first; // places wanted, from 1
    std::uint64_t last = std::min<std::uint64_t>(range.last, count);
    if (range.from_end) {
        last = count + 1 > range.first ? count + 1 - range.first : 0;
        first = count + 1 > range.last ? count + 1 - range.last : 1;
    }
    std::vector<imap::NumberRange> inside;
    std::uint64_t before = 0; // places of the ranges passed
    for (const imap::NumberRange& piece : messages.ranges()) {
        const std::uint64_t size = std::uint64_t{piece.last} - piece.first + 1;
        const std::uint64_t from = std::max(first, before + 1);
        const std::uint64_t to = std::min(last, before + size);
        if (from <= to)
            inside.push_back({static_cast<std::uint32_t>(piece.first + (from - before - 1)),
                              static_cast<std::uint32_t>(piece.first + (to - before - 1))});
        before += size;
    }
    return imap::NumberSet(std::move(inside));
}

mailbox::Uid largest_uid(const mailbox::View& view)
{
    return view.empty() ? 0 : view.at(view.size() - 1).uid;
}

bool names_nothing(const imap::NumberSet& messages, const imap::SequenceSet& set, imap::Numbering numbering)
{
    if (!messages.empty() || set.saved_result || numbering == imap::Numbering::uid)
        return false;
    return std::ranges::none_of(set.ranges, [](const imap::SequenceRange& range) {
        return range.first == imap::SequenceRange::star || range.last == imap::SequenceRange::star;
    });
}

} // namespace mansio::imapd
