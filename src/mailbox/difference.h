#pragma once
#include "mailbox/uid_set.h"
#include "mailbox/view.h"

namespace mansio::mailbox {

/// What a client that was shown `older` must be told to know `newer`. Costs as much as the chunks that
/// differ.
struct Difference {
    /// Indexes in `older` of messages gone in `newer`, ascending. (EXPUNGE responses: send from the last to
    /// the first and each index + 1 is the right sequence number.)
    std::vector<std::size_t> expunged;
    UidSet expunged_uids;
    /// Indexes in `newer` of messages in both whose flags (or modseq) changed, ascending.
    std::vector<std::size_t> changed;
    /// Index in `newer` of the first message that `older` did not have; newer.size() if there is none.
    std::size_t first_new = 0;
    bool keywords_changed = false;

    bool empty() const { return expunged.empty() && changed.empty() && m_appended == 0; }
    std::size_t appended() const { return m_appended; }
    std::size_t m_appended = 0;
};
Difference difference(const View& older, const View& newer);

/// `newer` with the messages it lost since `older` still in place (with their old metadata): what a session
/// shows while it may not announce expunges (rfc9051#7.5.1). Returns `newer` itself if nothing was lost.
/// difference(hold_expunges(older, newer), newer) are then exactly the expunges.
ViewPtr hold_expunges(const ViewPtr& older, const ViewPtr& newer);

} // namespace mansio::mailbox
