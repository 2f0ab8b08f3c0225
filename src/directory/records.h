#pragma once
#include "base/outcome.h"
#include "base/task.h"
#include "storage/engine.h"

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace mansio::directory {

/// The directory's records by key, through a cache: each message asks for a domain, a name and an account,
/// and they hardly ever change. Every change goes through commit(), which forgets all that was read before;
/// nobody else writes these keys. What is absent is not remembered: addresses that don't exist are without
/// number. Thread-safe.
class Records {
public:
    explicit Records(storage::Engine& engine)
        : m_engine(engine)
    {
    }

    base::Task<base::Outcome<std::optional<std::string>>> get(std::string key);
    base::Task<base::Outcome<void>> commit(storage::Batch batch);

private:
    std::optional<std::string> find(const std::string& key, std::uint64_t& generation);
    void remember(std::string key, const std::string& value, std::uint64_t generation);
    void forget();

    static constexpr std::size_t max_entries = 20'000; ///< about 200 bytes each

    storage::Engine& m_engine;
    std::mutex m_mutex;
    std::unordered_map<std::string, std::string> m_entries;
    std::uint64_t m_generation = 0; ///< of what may be remembered: a read that began earlier came too late
};

} // namespace mansio::directory
