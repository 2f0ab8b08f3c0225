#pragma once
#include "base/ids.h"

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace mansio::imapd {

/// How many sessions each account has open. Thread-safe; outlives its places.
class UserSessions {
public:
    /// One session of one account; leaves when destroyed.
    class Place {
    public:
        Place(Place&& other) noexcept
            : m_sessions(std::exchange(other.m_sessions, nullptr))
            , m_account(other.m_account)
        {
        }
        Place& operator=(Place&&) = delete;
        ~Place();

    private:
        friend class UserSessions;
        Place(UserSessions& sessions, base::AccountId account)
            : m_sessions(&sessions)
            , m_account(account)
        {
        }
        UserSessions* m_sessions;
        base::AccountId m_account;
    };

    /// Nothing when the account has `limit` sessions already; 0 is no limit.
    std::optional<Place> take(base::AccountId account, std::size_t limit);

private:
    std::mutex m_mutex;
    std::map<base::AccountId, std::size_t> m_counts;
};

} // namespace mansio::imapd
