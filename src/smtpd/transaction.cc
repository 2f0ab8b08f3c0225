#include "smtpd/transaction.h"

#include "base/text.h"

#include <algorithm>

namespace mansio::smtpd {
namespace {

/// Taken from the budget at once: fewer trips to a counter that all sessions share.
constexpr std::uint64_t memory_step = 64 * 1024;
/// Reserved on the word of MAIL's SIZE; a larger message grows as it comes.
constexpr std::uint64_t max_reserve = 1024 * 1024;

queue::Ret ret_of(wire::smtp::Return ret)
{
    switch (ret) {
    case wire::smtp::Return::full: return queue::Ret::full;
    case wire::smtp::Return::headers: return queue::Ret::headers;
    case wire::smtp::Return::unset: break;
    }
    return queue::Ret::unset;
}

/// Without early exit, so that the compiler makes vector code of it.
bool has_eight_bit(std::string_view text)
{
    unsigned char all = 0;
    for (const char c : text)
        all |= static_cast<unsigned char>(c);
    return (all & 0x80) != 0;
}

} // namespace

Transaction::Transaction(const wire::smtp::MailCommand& mail, intake::MemoryBudget::Share memory,
                         wire::smtp::BareLineEnds mode)
    : m_memory(std::move(memory))
    , m_line_ends(mode)
{
    m_staged.reverse_path = mail.reverse_path.address();
    m_staged.envid = mail.envid;
    m_staged.ret = ret_of(mail.ret);
    m_staged.smtputf8 = mail.smtputf8;
    m_staged.eight_bit = mail.body == wire::smtp::Body::eight_bit_mime;
    if (mail.size > 0)
        m_staged.content.reserve(std::min(mail.size, max_reserve));
}

void Transaction::add_recipient(intake::Recipient recipient)
{
    const auto [place, added] =
        m_places.try_emplace(base::to_lower(recipient.address), m_staged.recipients.size());
    m_accepted.push_back(place->second);
    if (added)
        m_staged.recipients.push_back(std::move(recipient));
}

void Transaction::spoil(Spoiled why)
{
    m_spoiled = why;
    m_staged.content = {};
    m_memory = {};
}

std::string& Transaction::sink(std::size_t more)
{
    const std::uint64_t total = m_staged.content.size() + more + memory_step - 1;
    if (m_spoiled == Spoiled::no && !m_memory.grow_to(total - total % memory_step))
        spoil(Spoiled::no_memory);
    if (m_spoiled == Spoiled::no)
        return m_staged.content;
    m_dropped += m_scrap.size();
    m_scrap.clear();
    return m_scrap;
}

void Transaction::check_size(std::uint64_t max)
{
    if (m_spoiled == Spoiled::no && m_staged.content.size() > max)
        spoil(Spoiled::too_large);
}

void Transaction::end_last_line()
{
    if (!m_staged.content.empty() && !m_staged.content.ends_with('\n'))
        m_staged.content += "\r\n";
}

intake::Staged Transaction::stage(intake::Arrival arrival)
{
    m_staged.arrival = std::move(arrival);
    m_staged.eight_bit = m_staged.eight_bit || has_eight_bit(m_staged.content);
    return std::move(m_staged);
}

} // namespace mansio::smtpd
