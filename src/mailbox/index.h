#pragma once
#include "base/outcome.h"
#include "mailbox/change.h"
#include "mailbox/view.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::mailbox {

/// The owner's working state of one mailbox: applies changes, hands out Views, writes and reads pages.
/// Touched on the owner's executor only.
class Index {
public:
    Index(MailboxId mailbox, std::uint32_t uid_validity);

    /// Bits of these keywords, adding unknown ones; Fault::too_large when there would be over 64.
    base::Outcome<std::uint64_t> intern(const std::vector<std::string>& keywords);
    /// The next UID; never given out again, whatever becomes of its message.
    Uid take_uid() { return m_next_free_uid++; }
    Uid next_free_uid() const { return m_next_free_uid; }
    void raise_uid_next(Uid uid_next);

    void apply(const Entry& entry, ModSeq modseq);
    const View& now() const { return m_view; }
    ViewPtr snapshot() const { return std::make_shared<View>(m_view); }

    struct StoredPage {
        std::shared_ptr<Chunk> chunk;
        std::uint32_t count;
    };
    /// Pages (layout.h) that differ from what was stored last; page_changes_stored() after they are durable.
    struct PageChanges {
        std::vector<std::pair<Uid, std::string>> put; ///< first UID, page
        std::vector<Uid> erase;
        std::map<Uid, StoredPage> now;
    };
    PageChanges page_changes() const;
    void page_changes_stored(PageChanges changes) { m_stored = std::move(changes.now); }
    std::string head() const;
    base::Outcome<void> load_head(std::string_view stored);
    base::Outcome<void> load_page(std::string_view stored); ///< in ascending order

private:
    void append(const AppendEntry& entry, ModSeq modseq);
    void set_flags(const FlagsEntry& entry, ModSeq modseq);
    void expunge(const ExpungeEntry& entry, ModSeq modseq);
    void push(const Message& message);
    void count(const Message& message, int sign);
    std::vector<std::uint64_t> bits_of(const std::vector<std::string>& keywords);
    void renumber();
    void repack();

    View m_view;
    Uid m_next_free_uid = 1;
    std::map<Uid, StoredPage> m_stored;
};

} // namespace mansio::mailbox
