#include "imapd/user_sessions.h"

namespace mansio::imapd {

UserSessions::Place::~Place()
{
    if (!m_sessions)
        return;
    std::lock_guard lock(m_sessions->m_mutex);
    const auto place = m_sessions->m_counts.find(m_account);
    if (--place->second == 0)
        m_sessions->m_counts.erase(place);
}

std::optional<UserSessions::Place> UserSessions::take(base::AccountId account, std::size_t limit)
{
    std::lock_guard lock(m_mutex);
    std::size_t& count = m_counts[account];
    if (limit != 0 && count >= limit)
        return std::nullopt;
    ++count;
    return Place(*this, account);
}

} // namespace mansio::imapd
