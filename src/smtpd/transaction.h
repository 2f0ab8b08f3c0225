#pragma once
#include "intake/budget.h"
#include "intake/intake.h"
#include "wire/smtp/line_ends.h"
#include "wire/smtp/mail.h"
#include "wire/smtp/rcpt.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace mansio::smtpd {

/// One mail on its way in, from MAIL to its end.
class Transaction {
public:
    Transaction(const wire::smtp::MailCommand& mail, intake::MemoryBudget::Share memory,
                wire::smtp::BareLineEnds mode);

    bool smtputf8() const { return m_staged.smtputf8; }
    const std::string& reverse_path() const { return m_staged.reverse_path; }

    /// The same address again (ASCII case ignored) is accepted but not delivered twice.
    void add_recipient(intake::Recipient recipient);
    /// How many RCPTs were accepted, repeated ones counted.
    std::size_t recipients() const { return m_accepted.size(); }
    /// Which of the distinct recipients an accepted RCPT named: for LMTP's replies (rfc2033#4.2).
    const std::vector<std::size_t>& accepted() const { return m_accepted; }

    /// Why the message will not be taken whatever still comes.
    enum class Spoiled : std::uint8_t { no, too_large, no_memory };
    Spoiled spoiled() const { return m_spoiled; }
    /// Frees what was received.
    void spoil(Spoiled why);

    /// Where the next `more` bytes go: the message, or nowhere once it is spoiled. May spoil it.
    std::string& sink(std::size_t more);
    /// After bytes were put into the sink.
    void check_size(std::uint64_t max);
    const std::string& content() const { return m_staged.content; }
    wire::smtp::LineEnds& line_ends() { return m_line_ends; }
    /// Bytes thrown away since the message was spoiled.
    std::uint64_t dropped() const { return m_dropped; }

    /// After the last BDAT: a message ends with a line end, which BDAT need not have.
    void end_last_line();
    /// The message with its envelope; the transaction is used up, but keeps its share of the budget.
    intake::Staged stage(intake::Arrival arrival);

private:
    intake::Staged m_staged;
    intake::MemoryBudget::Share m_memory;
    wire::smtp::LineEnds m_line_ends;                      ///< of BDAT; DATA's decoder has its own
    std::unordered_map<std::string, std::size_t> m_places; ///< lower-case address -> recipient
    std::vector<std::size_t> m_accepted;
    Spoiled m_spoiled = Spoiled::no;
    std::string m_scrap;
    std::uint64_t m_dropped = 0;
};

} // namespace mansio::smtpd
