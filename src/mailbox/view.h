#pragma once
#include "mailbox/message.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace mansio::mailbox {

/// Up to `capacity` messages in UID order. Slots below a View's count never change; the owner alone appends
/// behind them, which no View that exists can see.
struct Chunk {
    static constexpr std::size_t max_capacity = 1024;

    explicit Chunk(std::size_t capacity);
    std::size_t capacity;
    std::size_t filled = 0; ///< owner's own; readers use the count in their View
    std::unique_ptr<Message[]> slots;
};

/// A mailbox at one moment: immutable, safe to read from any thread, cheap to hold (chunks are shared between
/// Views). Index 0 is sequence number 1.
class View {
public:
    struct Piece {
        std::shared_ptr<Chunk> chunk;
        std::uint32_t count;  ///< slots of the chunk that belong to this view
        std::uint32_t before; ///< messages in earlier pieces
    };
    struct Totals {
        std::uint64_t size = 0; ///< octets of all messages
        std::uint32_t unseen = 0;
        std::uint32_t deleted = 0;
        bool operator==(const Totals&) const = default;
    };

    MailboxId mailbox() const { return m_mailbox; }
    std::uint32_t uid_validity() const { return m_uid_validity; }
    /// Larger than every UID ever given out in this mailbox up to this view.
    Uid uid_next() const { return m_uid_next; }
    /// Highest modseq of any change to this mailbox up to this view, expunges included; at least 1.
    ModSeq highest_modseq() const { return m_highest_modseq; }
    const Keywords& keywords() const { return *m_keywords; }
    const Totals& totals() const { return m_totals; }

    std::size_t size() const { return m_size; }
    bool empty() const { return m_size == 0; }
    const Message& at(std::size_t index) const;
    /// Index of the message with that UID.
    std::optional<std::size_t> find(Uid uid) const;
    /// Index of the first message with a UID not below `uid`; size() if there is none.
    std::size_t lower_bound(Uid uid) const;
    /// Messages one after another from `index`, as far as they lie together in memory: for fast loops.
    std::span<const Message> run_from(std::size_t index) const;

    /// Flags of a message by name, system flags first: {"\\Seen", "$Forwarded"}.
    std::vector<std::string_view> flag_names(const Message& message) const;
    /// The bit of a keyword (any case), or 0 when this mailbox doesn't have it.
    std::uint64_t keyword_bit(std::string_view keyword) const;

    const std::vector<Piece>& pieces() const { return m_pieces; }

private:
    friend class Index;
    friend class ViewMerge;
    MailboxId m_mailbox;
    std::uint32_t m_uid_validity = 0;
    Uid m_uid_next = 1;
    ModSeq m_highest_modseq = 1;
    std::shared_ptr<const Keywords> m_keywords;
    Totals m_totals;
    std::size_t m_size = 0;
    std::vector<Piece> m_pieces;
};

using ViewPtr = std::shared_ptr<const View>;

} // namespace mansio::mailbox
