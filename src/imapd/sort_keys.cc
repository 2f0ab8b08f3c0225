#include "imapd/sort_keys.h"

#include "message/address.h"
#include "message/encoded_word.h"

#include <algorithm>
#include <numeric>

namespace mansio::imapd {
namespace {

constexpr std::size_t head_size = 8;

std::uint64_t head_of(std::string_view text)
{
    std::uint64_t head = 0;
    for (std::size_t i = 0; i < head_size; ++i)
        head = head << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
    return head;
}

/// The first entry of an address list, which may be the start of a group; two are asked for, as the second
/// may be the end of that group.
std::vector<message::Address> first_addresses(std::string_view value)
{
    return message::parse_address_list(value, 2);
}

/// addr-mailbox of the first address: rfc5256#3
std::string mailbox_of(std::string_view value)
{
    const auto list = first_addresses(value);
    if (list.empty() || !list.front().mailbox)
        return {};
    return message::decode_header_text(*list.front().mailbox);
}

/// rfc5957#3
std::string display_of(std::string_view value)
{
    const auto list = first_addresses(value);
    if (list.empty())
        return {};
    const message::Address& first = list.front();
    std::string name = message::decode_header_text(first.name.value_or(""));
    if (!name.empty() || !first.mailbox)
        return name;
    return message::decode_header_text(first.host ? *first.mailbox + "@" + *first.host : *first.mailbox);
}

} // namespace

SortKeys::SortKeys(const std::vector<wire::imap::SortCriterion>& criteria)
{
    for (const wire::imap::SortCriterion& criterion : criteria) {
        const bool known = std::ranges::any_of(
            m_criteria, [&](const wire::imap::SortCriterion& other) { return other.key == criterion.key; });
        if (known || criterion.key == Key::relevancy) // all are 100: search_answer.cc
            continue;
        m_criteria.push_back(criterion);
        m_asks_header |= criterion.key != Key::arrival && criterion.key != Key::size;
    }
}

SortKeys::Cell SortKeys::number_cell(std::int64_t value)
{
    constexpr std::uint64_t sign = std::uint64_t{1} << 63;
    return {.head = static_cast<std::uint64_t>(value) ^ sign};
}

SortKeys::Cell SortKeys::text_cell(std::string_view text)
{
    const Cell cell{.head = head_of(text),
                    .rest = static_cast<std::uint32_t>(m_rests.size()),
                    .size = static_cast<std::uint32_t>(text.size())};
    m_rests += text.substr(std::min(head_size, text.size()));
    return cell;
}

SortKeys::Cell SortKeys::cell_of(Key key, const Facts& facts)
{
    switch (key) {
    case Key::arrival: return number_cell(facts.internal_date);
    case Key::size: return number_cell(facts.size);
    case Key::date: return number_cell(sent_date(facts.fields, facts.internal_date));
    case Key::cc: return text_cell(text_key(mailbox_of(facts.fields.cc)));
    case Key::from: return text_cell(text_key(mailbox_of(facts.fields.from)));
    case Key::to: return text_cell(text_key(mailbox_of(facts.fields.to)));
    case Key::subject: return text_cell(subject_key(facts.fields).text);
    case Key::display_from: return text_cell(text_key(display_of(facts.fields.from)));
    case Key::display_to: return text_cell(text_key(display_of(facts.fields.to)));
    case Key::relevancy: break;
    }
    return {};
}

bool SortKeys::add(const Facts& facts)
{
    for (const wire::imap::SortCriterion& criterion : m_criteria)
        m_cells.push_back(cell_of(criterion.key, facts));
    ++m_count;
    return m_rests.size() <= UINT32_MAX;
}

std::uint64_t SortKeys::bytes() const
{
    constexpr std::uint64_t of_order = 3 * sizeof(std::uint32_t); // it, and the message numbers it is about
    return m_cells.capacity() * sizeof(Cell) + m_rests.capacity() + m_count * of_order;
}

std::string_view SortKeys::rest_of(const Cell& cell) const
{
    return cell.size > head_size ? std::string_view(m_rests).substr(cell.rest, cell.size - head_size)
                                 : std::string_view();
}

/// As the bytes of the texts compare: a head is filled up with zeroes, so that the size decides at last.
int SortKeys::compare(const Cell& one, const Cell& other) const
{
    if (one.head != other.head)
        return one.head < other.head ? -1 : 1;
    if (const int rests = rest_of(one).compare(rest_of(other)); rests != 0)
        return rests;
    return one.size == other.size ? 0 : one.size < other.size ? -1 : 1;
}

bool SortKeys::is_before(std::uint32_t one, std::uint32_t other) const
{
    const std::size_t width = m_criteria.size();
    for (std::size_t i = 0; i < width; ++i) {
        const int found = compare(m_cells[one * width + i], m_cells[other * width + i]);
        if (found != 0)
            return m_criteria[i].reverse ? found > 0 : found < 0;
    }
    return one < other;
}

std::vector<std::uint32_t> SortKeys::order() const
{
    std::vector<std::uint32_t> sorted(m_count);
    std::iota(sorted.begin(), sorted.end(), 0U);
    std::ranges::sort(sorted, [&](std::uint32_t one, std::uint32_t other) { return is_before(one, other); });
    return sorted;
}

} // namespace mansio::imapd
