#include "mailbox/index.h"

#include "base/text.h"

#include <algorithm>
#include <limits>

namespace mansio::mailbox {
namespace {

constexpr std::size_t first_capacity = 8; // an empty mailbox costs half a kilobyte, not 64

/// A mask over an entry's own keyword list as a mask over the mailbox's.
std::uint64_t translate(std::uint64_t mask, const std::vector<std::uint64_t>& bits)
{
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < bits.size() && mask >> i != 0; ++i)
        if (mask >> i & 1)
            out |= bits[i];
    return out;
}

std::shared_ptr<Chunk> copy_of(const View::Piece& piece, std::size_t capacity)
{
    auto chunk = std::make_shared<Chunk>(capacity);
    std::copy_n(piece.chunk->slots.get(), piece.count, chunk->slots.get());
    chunk->filled = piece.count;
    return chunk;
}

bool touches(const UidSet& uids, const View::Piece& piece)
{
    const Uid first = piece.chunk->slots[0].uid;
    const Uid last = piece.chunk->slots[piece.count - 1].uid;
    return std::ranges::any_of(uids.ranges(),
                               [&](const UidRange& r) { return r.first <= last && r.last >= first; });
}

} // namespace

Index::Index(MailboxId mailbox, std::uint32_t uid_validity)
{
    m_view.m_mailbox = mailbox;
    m_view.m_uid_validity = uid_validity;
    m_view.m_keywords = std::make_shared<const Keywords>();
}

base::Outcome<std::uint64_t> Index::intern(const std::vector<std::string>& keywords)
{
    std::uint64_t mask = 0;
    auto table = *m_view.m_keywords;
    for (const std::string& keyword : keywords) {
        const auto found =
            std::ranges::find_if(table, [&](const auto& have) { return base::equal_icase(have, keyword); });
        if (found == table.end() && table.size() == max_keywords)
            return base::fail(base::Fault::too_large, "the mailbox has 64 keywords already");
        const auto bit = static_cast<std::size_t>(found - table.begin());
        if (found == table.end())
            table.push_back(keyword);
        mask |= std::uint64_t{1} << bit;
    }
    if (table.size() != m_view.m_keywords->size())
        m_view.m_keywords = std::make_shared<const Keywords>(std::move(table));
    return mask;
}

std::vector<std::uint64_t> Index::bits_of(const std::vector<std::string>& keywords)
{
    std::vector<std::uint64_t> bits;
    for (const std::string& keyword : keywords)
        bits.push_back(intern({keyword}).value_or(0));
    return bits;
}

void Index::raise_uid_next(Uid uid_next)
{
    m_next_free_uid = std::max(m_next_free_uid, uid_next);
    m_view.m_uid_next = std::max(m_view.m_uid_next, uid_next);
}

void Index::count(const Message& message, int sign)
{
    const auto step = static_cast<std::uint32_t>(sign);
    m_view.m_totals.size += static_cast<std::uint64_t>(static_cast<std::int64_t>(message.size) * sign);
    if (!(message.system & seen))
        m_view.m_totals.unseen += step;
    if (message.system & deleted)
        m_view.m_totals.deleted += step;
}

void Index::apply(const Entry& entry, ModSeq modseq)
{
    if (const auto* appended = std::get_if<AppendEntry>(&entry))
        append(*appended, modseq);
    else if (const auto* flags = std::get_if<FlagsEntry>(&entry))
        set_flags(*flags, modseq);
    else if (const auto* gone = std::get_if<ExpungeEntry>(&entry))
        expunge(*gone, modseq);
    m_view.m_highest_modseq = std::max(m_view.m_highest_modseq, modseq);
}

void Index::append(const AppendEntry& entry, ModSeq modseq)
{
    const auto bits = bits_of(entry.keywords);
    for (Message message : entry.messages) {
        message.modseq = modseq;
        message.keywords = translate(message.keywords, bits);
        // Anything else would break the order of UIDs; behind the last number there is no next one.
        if (message.uid >= m_view.m_uid_next && message.uid != std::numeric_limits<Uid>::max())
            push(message);
    }
}

void Index::push(const Message& message)
{
    auto& pieces = m_view.m_pieces;
    if (pieces.empty() || pieces.back().count == Chunk::max_capacity) {
        const std::size_t capacity = pieces.empty() ? first_capacity : Chunk::max_capacity / 4;
        pieces.push_back({std::make_shared<Chunk>(capacity), 0, static_cast<std::uint32_t>(m_view.m_size)});
    }
    View::Piece& tail = pieces.back();
    const bool full = tail.count == tail.chunk->capacity;
    if (full || tail.chunk->filled != tail.count)
        tail.chunk = copy_of(
            tail, std::min(full ? tail.chunk->capacity * 2 : tail.chunk->capacity, Chunk::max_capacity));
    tail.chunk->slots[tail.count] = message;
    tail.chunk->filled = ++tail.count;
    ++m_view.m_size;
    count(message, +1);
    raise_uid_next(message.uid + 1);
}

void Index::set_flags(const FlagsEntry& entry, ModSeq modseq)
{
    const auto bits = bits_of(entry.keywords);
    for (const FlagGroup& group : entry.groups) {
        const std::uint64_t keywords = translate(group.keywords, bits);
        for (View::Piece& piece : m_view.m_pieces) {
            if (!touches(group.uids, piece))
                continue;
            piece.chunk = copy_of(piece, piece.chunk->capacity);
            for (std::size_t i = 0; i < piece.count; ++i) {
                Message& message = piece.chunk->slots[i];
                if (!group.uids.contains(message.uid))
                    continue;
                count(message, -1);
                message.system = group.system;
                message.keywords = keywords;
                message.modseq = std::max(message.modseq, modseq);
                count(message, +1);
            }
        }
    }
}

void Index::expunge(const ExpungeEntry& entry, ModSeq)
{
    for (View::Piece& piece : m_view.m_pieces) {
        if (!touches(entry.uids, piece))
            continue;
        auto kept = std::make_shared<Chunk>(piece.chunk->capacity);
        for (std::size_t i = 0; i < piece.count; ++i) {
            const Message& message = piece.chunk->slots[i];
            if (entry.uids.contains(message.uid))
                count(message, -1);
            else
                kept->slots[kept->filled++] = message;
        }
        piece.chunk = std::move(kept);
        piece.count = static_cast<std::uint32_t>(piece.chunk->filled);
    }
    std::erase_if(m_view.m_pieces, [](const View::Piece& piece) { return piece.count == 0; });
    renumber();
    if (m_view.m_pieces.size() > 8 + m_view.m_size / (Chunk::max_capacity / 4))
        repack();
}

void Index::renumber()
{
    m_view.m_size = 0;
    for (View::Piece& piece : m_view.m_pieces) {
        piece.before = static_cast<std::uint32_t>(m_view.m_size);
        m_view.m_size += piece.count;
    }
}

void Index::repack()
{
    const auto old = std::exchange(m_view.m_pieces, {});
    for (const View::Piece& piece : old) {
        auto& pieces = m_view.m_pieces;
        if (pieces.empty() || pieces.back().count + piece.count > Chunk::max_capacity) {
            pieces.push_back({copy_of(piece, Chunk::max_capacity), piece.count, 0});
            continue;
        }
        View::Piece& tail = pieces.back();
        std::copy_n(piece.chunk->slots.get(), piece.count, tail.chunk->slots.get() + tail.count);
        tail.count += piece.count;
        tail.chunk->filled = tail.count;
    }
    renumber();
}

} // namespace mansio::mailbox
