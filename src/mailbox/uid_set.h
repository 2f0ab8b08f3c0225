#pragma once
#include "base/ids.h"

#include <string>
#include <vector>

namespace mansio::mailbox {

using base::Uid;

struct UidRange {
    Uid first;
    Uid last; ///< included; first <= last
    bool operator==(const UidRange&) const = default;
};

/// UIDs as ascending ranges that neither touch nor overlap.
class UidSet {
public:
    UidSet() = default;
    /// Any order, any overlap.
    explicit UidSet(std::vector<UidRange> ranges);
    static UidSet of(const std::vector<Uid>& uids);

    void add(Uid uid) { add({uid, uid}); }
    void add(UidRange range);
    bool contains(Uid uid) const;
    bool empty() const { return m_ranges.empty(); }
    std::uint64_t count() const;
    const std::vector<UidRange>& ranges() const { return m_ranges; }
    /// "1:3,7": rfc9051 sequence-set.
    std::string text() const;
    bool operator==(const UidSet&) const = default;

private:
    std::vector<UidRange> m_ranges;
};

} // namespace mansio::mailbox
