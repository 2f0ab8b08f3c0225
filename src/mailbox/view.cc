#include "mailbox/view.h"

#include "base/text.h"

#include <algorithm>

namespace mansio::mailbox {

Chunk::Chunk(std::size_t slots_wanted)
    : capacity(slots_wanted)
    , slots(std::make_unique<Message[]>(slots_wanted))
{
}

const Message& View::at(std::size_t index) const
{
    return run_from(index).front();
}

std::span<const Message> View::run_from(std::size_t index) const
{
    const auto after = std::ranges::upper_bound(m_pieces, index, {}, &Piece::before);
    const Piece& piece = *std::prev(after);
    const std::size_t inside = index - piece.before;
    return {piece.chunk->slots.get() + inside, piece.count - inside};
}

std::size_t View::lower_bound(Uid uid) const
{
    const auto last_uid = [](const Piece& piece) { return piece.chunk->slots[piece.count - 1].uid; };
    const auto piece = std::ranges::lower_bound(m_pieces, uid, {}, last_uid);
    if (piece == m_pieces.end())
        return m_size;
    const std::span<const Message> messages(piece->chunk->slots.get(), piece->count);
    const auto found = std::ranges::lower_bound(messages, uid, {}, &Message::uid);
    return piece->before + static_cast<std::size_t>(found - messages.begin());
}

std::optional<std::size_t> View::find(Uid uid) const
{
    const std::size_t index = lower_bound(uid);
    if (index == m_size || at(index).uid != uid)
        return std::nullopt;
    return index;
}

std::vector<std::string_view> View::flag_names(const Message& message) const
{
    std::vector<std::string_view> names;
    for (const SystemFlag flag : {answered, flagged, deleted, seen, draft})
        if (message.system & flag)
            names.push_back(system_flag_name(flag));
    for (std::size_t bit = 0; bit < m_keywords->size(); ++bit)
        if (message.keywords >> bit & 1)
            names.push_back((*m_keywords)[bit]);
    return names;
}

std::uint64_t View::keyword_bit(std::string_view keyword) const
{
    for (std::size_t bit = 0; bit < m_keywords->size(); ++bit)
        if (base::equal_icase((*m_keywords)[bit], keyword))
            return std::uint64_t{1} << bit;
    return 0;
}

} // namespace mansio::mailbox
