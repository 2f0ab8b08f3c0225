#pragma once
#include "base/ids.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace mansio::login {

/// Counts the sessions of each account. Thread-safe; tickets may outlive it.
class UserSessions {
public:
    struct State {
        std::mutex mutex;
        std::unordered_map<base::AccountId, std::size_t> counts;
    };

    /// One counted session, until it is destroyed.
    class Ticket {
    public:
        Ticket(std::shared_ptr<State> state, base::AccountId account);
        Ticket(Ticket&&) noexcept = default;
        Ticket& operator=(Ticket&&) = delete;
        ~Ticket();

    private:
        std::shared_ptr<State> m_state;
        base::AccountId m_account;
    };

    /// Nothing when the account has `limit` sessions already. 0: no limit.
    std::optional<Ticket> admit(base::AccountId account, std::size_t limit);

private:
    std::shared_ptr<State> m_state = std::make_shared<State>();
};

} // namespace mansio::login
