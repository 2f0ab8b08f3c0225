#include "mailbox/difference.h"

#include <algorithm>

namespace mansio::mailbox {
namespace {

bool same_piece(const View::Piece& a, const View::Piece& b)
{
    return a.chunk == b.chunk && a.count == b.count;
}

/// Walks two views side by side in UID order, skipping the chunks they share, and tells `seen` of each
/// message that is in one of them or differs: seen(index in older or npos, index in newer or npos).
class Walk {
public:
    static constexpr std::size_t none = SIZE_MAX;

    Walk(const View& older, const View& newer)
        : m_older(older.pieces())
        , m_newer(newer.pieces())
    {
    }

    template <class Seen>
    void run(Seen seen)
    {
        while (m_old.piece < m_older.size() || m_new.piece < m_newer.size()) {
            if (skip_shared())
                continue;
            const Message* was = m_old.get(m_older);
            const Message* is = m_new.get(m_newer);
            if (was && (!is || was->uid < is->uid)) {
                seen(m_old.index(m_older), none);
                m_old.step(m_older);
            } else if (is && (!was || is->uid < was->uid)) {
                seen(none, m_new.index(m_newer));
                m_new.step(m_newer);
            } else {
                if (!(*was == *is))
                    seen(m_old.index(m_older), m_new.index(m_newer));
                m_old.step(m_older);
                m_new.step(m_newer);
            }
        }
    }

private:
    using Pieces = std::vector<View::Piece>;
    struct Cursor {
        std::size_t piece = 0;
        std::uint32_t slot = 0;
        const Message* get(const Pieces& pieces) const
        {
            return piece < pieces.size() ? &pieces[piece].chunk->slots[slot] : nullptr;
        }
        std::size_t index(const Pieces& pieces) const { return pieces[piece].before + slot; }
        void step(const Pieces& pieces)
        {
            if (++slot == pieces[piece].count) {
                ++piece;
                slot = 0;
            }
        }
    };

    bool skip_shared()
    {
        const bool at_starts = m_old.slot == 0 && m_new.slot == 0;
        if (!at_starts || m_old.piece >= m_older.size() || m_new.piece >= m_newer.size() ||
            !same_piece(m_older[m_old.piece], m_newer[m_new.piece]))
            return false;
        ++m_old.piece;
        ++m_new.piece;
        return true;
    }

    const Pieces& m_older;
    const Pieces& m_newer;
    Cursor m_old;
    Cursor m_new;
};

} // namespace

Difference difference(const View& older, const View& newer)
{
    Difference out;
    out.first_new = newer.size();
    const Uid first_new_uid = older.uid_next();
    Walk(older, newer).run([&](std::size_t was, std::size_t is) {
        if (is == Walk::none) {
            out.expunged.push_back(was);
            out.expunged_uids.add(older.at(was).uid);
        } else if (was != Walk::none) {
            out.changed.push_back(is);
        } else if (newer.at(is).uid >= first_new_uid || !older.find(newer.at(is).uid)) {
            out.first_new = std::min(out.first_new, is);
            ++out.m_appended;
        }
    });
    out.keywords_changed = older.keywords().size() != newer.keywords().size();
    return out;
}

/// Builds Views that belong to no Index.
class ViewMerge {
public:
    explicit ViewMerge(const View& newer)
        : m_out(std::make_shared<View>(newer))
    {
        m_out->m_pieces.clear();
        m_out->m_size = 0;
    }
    void add(const Message& message)
    {
        auto& pieces = m_out->m_pieces;
        if (pieces.empty() || pieces.back().count == Chunk::max_capacity)
            pieces.push_back(
                {std::make_shared<Chunk>(Chunk::max_capacity), 0, static_cast<std::uint32_t>(m_out->m_size)});
        View::Piece& tail = pieces.back();
        tail.chunk->slots[tail.count] = message;
        tail.chunk->filled = ++tail.count;
        ++m_out->m_size;
    }
    ViewPtr take() { return m_out; }

private:
    std::shared_ptr<View> m_out;
};

ViewPtr hold_expunges(const ViewPtr& older, const ViewPtr& newer)
{
    const Difference gone = difference(*older, *newer);
    if (gone.expunged.empty())
        return newer;
    ViewMerge merged(*newer);
    auto lost = gone.expunged.begin();
    for (std::size_t index = 0; index < newer->size(); ++index) {
        const Message& message = newer->at(index);
        for (; lost != gone.expunged.end() && older->at(*lost).uid < message.uid; ++lost)
            merged.add(older->at(*lost));
        merged.add(message);
    }
    for (; lost != gone.expunged.end(); ++lost)
        merged.add(older->at(*lost));
    return merged.take();
}

} // namespace mansio::mailbox
