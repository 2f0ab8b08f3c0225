#include "base/log.h"
#include "trace/layout.h"
#include "trace/recorder_state.h"

#include <set>

namespace mansio::trace {
namespace {

using base::Outcome;
using base::Task;

constexpr std::size_t page_size = 500;

Task<Outcome<std::size_t>> purge_sessions(storage::Engine& engine, base::Millis before)
{
    std::size_t count = 0;
    storage::Range range = layout::session_range(0, before);
    while (!range.first.empty()) {
        auto page = co_await engine.scan(range, page_size);
        if (!page)
            co_return std::unexpected(std::move(page.error()));
        count += page->items.size();
        range.first = page->next;
    }
    if (count == 0)
        co_return count;
    storage::Batch batch;
    storage::Range all = layout::session_range(0, before);
    batch.erase_range(std::move(all.first), std::move(all.end));
    storage::Range chunks = layout::chunk_range_before(before);
    batch.erase_range(std::move(chunks.first), std::move(chunks.end));
    auto done = co_await engine.commit(std::move(batch));
    if (!done)
        co_return std::unexpected(std::move(done.error()));
    co_return count;
}

/// Erases the events of a page and their index keys. An event that can't be read goes alone: its index keys
/// then lead to nothing, which every query bears.
void erase_events(const std::vector<storage::Item>& items, storage::Batch& batch,
                  std::set<std::string>& messages)
{
    for (const storage::Item& item : items) {
        if (const auto event = layout::decode_event(item)) {
            messages.insert(event->trace_id);
            layout::for_each_index_key(*event, [&](std::string key) { batch.erase(std::move(key)); });
        }
        batch.erase(item.key);
    }
}

Task<Outcome<std::size_t>> purge_journeys(storage::Engine& engine, base::Millis before)
{
    std::set<std::string> messages;
    storage::Range range = layout::event_range_before(before);
    while (!range.first.empty()) {
        auto page = co_await engine.scan(range, page_size);
        if (!page)
            co_return std::unexpected(std::move(page.error()));
        range.first = page->next;
        if (page->items.empty())
            continue;
        storage::Batch batch;
        erase_events(page->items, batch, messages);
        auto done = co_await engine.commit(std::move(batch));
        if (!done)
            co_return std::unexpected(std::move(done.error()));
    }
    co_return messages.size();
}

} // namespace

Task<Outcome<std::size_t>> Recorder::purge()
{
    const base::Millis now = m_state->clock.now_millis();
    auto sessions = co_await purge_sessions(m_state->engine, now - m_state->keep_transcripts);
    if (!sessions)
        co_return base::fail(std::move(sessions.error()), "purging transcripts");
    auto messages = co_await purge_journeys(m_state->engine, now - m_state->keep_journeys);
    if (!messages)
        co_return base::fail(std::move(messages.error()), "purging journeys");
    co_return *sessions + *messages;
}

} // namespace mansio::trace
