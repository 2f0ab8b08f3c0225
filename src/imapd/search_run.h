#pragma once
#include "imapd/session.h"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::imapd {

/// Numbers in the order of an answer, kept as rising runs: 7, 5, 1:3.
class NumberRuns {
public:
    NumberRuns() = default;
    explicit NumberRuns(std::vector<imap::NumberRange> ranges)
        : m_ranges(std::move(ranges))
    {
    }
    /// Behind the last one.
    void add(std::uint32_t number);

    bool empty() const { return m_ranges.empty(); }
    std::uint64_t count() const;
    std::uint32_t first() const { return m_ranges.front().first; } ///< of one that is not empty
    std::uint32_t last() const { return m_ranges.back().last; }
    const std::vector<imap::NumberRange>& ranges() const { return m_ranges; }
    /// "7,5,1:3": a sequence-set in this order, rfc5267#3.2
    std::string text() const;

private:
    std::vector<imap::NumberRange> m_ranges;
};

/// What a search found.
struct Found {
    mailbox::ViewPtr view;
    NumberRuns numbers;         ///< message numbers in `view`, in the order of the mailbox until sorted
    base::ModSeq highest = 0;   ///< rfc7162#3.1.6
    bool tells_mod_seq = false; ///< MODSEQ was among the keys
};

/// Searches what the client sees of its mailbox: for SEARCH, SORT and THREAD. Lets others run. `key` and
/// `charset` outlive it. A reply when it was refused.
Task<std::expected<Found, Reply>> run_search(Session& session, const imap::SearchKey& key,
                                             std::string_view charset);

} // namespace mansio::imapd
