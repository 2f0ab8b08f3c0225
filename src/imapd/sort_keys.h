#pragma once
#include "base/time.h"
#include "imapd/mail_fields.h"
#include "wire/imap/command.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::imapd {

/// What messages are sorted by, each key computed once and kept small. Pure. rfc5256#3, rfc5957#4
class SortKeys {
public:
    explicit SortKeys(const std::vector<wire::imap::SortCriterion>& criteria);

    /// False when dates of arrival and sizes say it all: header fields are not looked at.
    bool asks_header() const { return m_asks_header; }

    struct Facts {
        base::Seconds internal_date = 0;
        std::uint32_t size = 0;
        MailFields fields{};
    };
    /// The next message in the order of the mailbox. False when there is no place for its keys any more, at
    /// 4 GiB of text.
    [[nodiscard]] bool add(const Facts& facts);
    /// Bytes of memory taken, with what order() is going to take.
    std::uint64_t bytes() const;
    /// The messages as numbers from 0, in the order in which they were added, sorted; equal ones stay as they
    /// came.
    std::vector<std::uint32_t> order() const;

private:
    using Key = wire::imap::SortCriterion::Key;

    /// One key of one message. A text is its first eight bytes as a number, then what is behind them in
    /// m_rests: most are told apart by the number alone.
    struct Cell {
        std::uint64_t head = 0;
        std::uint32_t rest = 0; ///< where in m_rests
        std::uint32_t size = 0; ///< of the whole text
    };

    static Cell number_cell(std::int64_t value);
    Cell text_cell(std::string_view text);
    Cell cell_of(Key key, const Facts& facts);
    std::string_view rest_of(const Cell& cell) const;
    int compare(const Cell& one, const Cell& other) const;
    bool is_before(std::uint32_t one, std::uint32_t other) const;

    std::vector<wire::imap::SortCriterion> m_criteria; ///< each key once
    std::vector<Cell> m_cells;                         ///< a row of as many for each message
    std::string m_rests;
    std::uint32_t m_count = 0;
    bool m_asks_header = false;
};

} // namespace mansio::imapd
