#include "directory/records.h"

namespace mansio::directory {

base::Task<base::Outcome<std::optional<std::string>>> Records::get(std::string key)
{
    std::uint64_t generation = 0;
    if (auto found = find(key, generation))
        co_return std::move(found);
    auto stored = co_await m_engine.get(key);
    if (stored && *stored)
        remember(std::move(key), **stored, generation);
    co_return stored;
}

/// Forgets before, for those who read meanwhile, and after, for what they read.
base::Task<base::Outcome<void>> Records::commit(storage::Batch batch)
{
    forget();
    auto committed = co_await m_engine.commit(std::move(batch));
    forget();
    if (!committed)
        co_return std::unexpected(committed.error());
    co_return base::Outcome<void>{};
}

std::optional<std::string> Records::find(const std::string& key, std::uint64_t& generation)
{
    const std::lock_guard lock(m_mutex);
    generation = m_generation;
    const auto found = m_entries.find(key);
    return found != m_entries.end() ? std::optional(found->second) : std::nullopt;
}

void Records::remember(std::string key, const std::string& value, std::uint64_t generation)
{
    const std::lock_guard lock(m_mutex);
    if (generation != m_generation)
        return;
    if (m_entries.size() >= max_entries)
        m_entries.clear();
    m_entries.insert_or_assign(std::move(key), value);
}

void Records::forget()
{
    const std::lock_guard lock(m_mutex);
    m_entries.clear();
    ++m_generation;
}

} // namespace mansio::directory
