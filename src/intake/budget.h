#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace mansio::intake {

/// Bytes of messages and literals in memory, over all sessions. Over the ceiling a session answers 452 or
/// NO [UNAVAILABLE] instead of taking the process down. Thread-safe.
class MemoryBudget {
public:
    explicit MemoryBudget(std::uint64_t ceiling)
        : m_ceiling(ceiling)
    {
    }

    /// A share of the budget; gives it back when destroyed.
    class Share {
    public:
        Share() = default;
        Share(Share&& other) noexcept
            : m_budget(std::exchange(other.m_budget, nullptr))
            , m_bytes(std::exchange(other.m_bytes, 0))
        {
        }
        Share& operator=(Share&& other) noexcept
        {
            std::swap(m_budget, other.m_budget);
            std::swap(m_bytes, other.m_bytes);
            return *this;
        }
        ~Share()
        {
            if (m_budget)
                m_budget->m_used -= m_bytes;
        }
        /// Takes more until this share holds `total` bytes; false (and nothing taken) when over the ceiling.
        [[nodiscard]] bool grow_to(std::uint64_t total)
        {
            if (total <= m_bytes)
                return true;
            if (!m_budget || !m_budget->take(total - m_bytes))
                return false;
            m_bytes = total;
            return true;
        }

    private:
        friend class MemoryBudget;
        MemoryBudget* m_budget = nullptr;
        std::uint64_t m_bytes = 0;
    };

    Share share()
    {
        Share share;
        share.m_budget = this;
        return share;
    }
    std::uint64_t used() const { return m_used; }

private:
    bool take(std::uint64_t bytes)
    {
        std::uint64_t used = m_used;
        do {
            if (used + bytes > m_ceiling)
                return false;
        } while (!m_used.compare_exchange_weak(used, used + bytes));
        return true;
    }

    std::uint64_t m_ceiling;
    std::atomic<std::uint64_t> m_used = 0;
};

} // namespace mansio::intake
