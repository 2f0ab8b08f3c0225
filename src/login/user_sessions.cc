#include "login/user_sessions.h"

namespace mansio::login {

UserSessions::Ticket::Ticket(std::shared_ptr<State> state, base::AccountId account)
    : m_state(std::move(state))
    , m_account(account)
{
}

UserSessions::Ticket::~Ticket()
{
    if (!m_state)
        return;
    std::lock_guard lock(m_state->mutex);
    const auto found = m_state->counts.find(m_account);
    if (--found->second == 0)
        m_state->counts.erase(found);
}

std::optional<UserSessions::Ticket> UserSessions::admit(base::AccountId account, std::size_t limit)
{
    std::lock_guard lock(m_state->mutex);
    auto& count = m_state->counts[account];
    if (limit != 0 && count >= limit)
        return std::nullopt;
    ++count;
    return std::optional<Ticket>(std::in_place, m_state, account);
}

} // namespace mansio::login
