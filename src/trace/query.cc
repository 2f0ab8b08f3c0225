#include "trace/layout.h"
#include "trace/recorder_state.h"

#include <algorithm>
#include <iterator>

namespace mansio::trace {
namespace {

using base::Outcome;
using base::Task;
using layout::Index;

/// The trace ids behind one index value, in order of time.
Task<Outcome<std::vector<std::string>>> ids_of(storage::Engine& engine, Index index, std::string value)
{
    const std::string prefix = layout::index_prefix(index, value);
    auto items = co_await storage::scan_all(engine, storage::Range::prefix(prefix));
    if (!items)
        co_return std::unexpected(std::move(items.error()));
    std::vector<std::string> ids;
    ids.reserve(items->size());
    for (const storage::Item& item : *items)
        ids.push_back(item.key.substr(prefix.size()));
    co_return ids;
}

std::vector<std::string> in_both(const std::vector<std::string>& a, const std::vector<std::string>& b)
{
    std::vector<std::string> out;
    std::ranges::set_intersection(a, b, std::back_inserter(out));
    return out;
}

std::vector<std::string> newest_first(std::vector<std::string> ids, std::size_t limit)
{
    std::ranges::reverse(ids);
    ids.resize(std::min(ids.size(), limit));
    return ids;
}

} // namespace

Task<Outcome<std::vector<JourneyEvent>>> Recorder::journey(std::string trace_id)
{
    std::vector<JourneyEvent> events;
    auto items = co_await storage::scan_all(m_state->engine, layout::event_range(trace_id));
    if (!items)
        co_return base::fail(std::move(items.error()), "reading a journey");
    for (const storage::Item& item : *items) {
        auto event = layout::decode_event(item);
        if (!event)
            co_return std::unexpected(std::move(event.error()));
        if (event->trace_id == trace_id) // a shorter text is no id, though it begins some
            events.push_back(std::move(*event));
    }
    co_return events;
}

Task<Outcome<std::vector<std::string>>> Recorder::find(JourneyQuery query)
{
    const std::pair<Index, std::string*> wanted[] = {
        {Index::message_id, &query.message_id},
        {Index::recipient, &query.recipient},
        {Index::sender, &query.sender},
    };
    std::optional<std::vector<std::string>> found;
    for (const auto& [index, text] : wanted) {
        if (text->empty() || (found && found->empty()))
            continue;
        auto ids = co_await ids_of(m_state->engine, index, *text);
        if (!ids)
            co_return base::fail(std::move(ids.error()), "looking for journeys");
        found = found ? in_both(*found, *ids) : std::move(*ids);
    }
    if (!found)
        co_return base::fail(base::Fault::invalid, "nothing to look for");
    co_return newest_first(std::move(*found), query.limit);
}

Task<Outcome<std::optional<Transcript>>> Recorder::session(std::string id)
{
    auto stored = co_await m_state->engine.get(layout::session_key(id));
    if (!stored)
        co_return base::fail(std::move(stored.error()), "reading a session");
    if (!*stored)
        co_return std::nullopt;
    auto summary = layout::decode_summary({layout::session_key(id), std::move(**stored)});
    if (!summary)
        co_return std::unexpected(std::move(summary.error()));
    auto chunks = co_await storage::scan_all(m_state->engine, layout::chunk_range(id));
    if (!chunks)
        co_return base::fail(std::move(chunks.error()), "reading a transcript");
    Transcript transcript{std::move(*summary), {}};
    for (const storage::Item& chunk : *chunks)
        transcript.lines += chunk.value;
    co_return transcript;
}

Task<Outcome<std::vector<SessionSummary>>> Recorder::sessions(base::Millis since, std::size_t limit)
{
    constexpr base::Millis for_ever = 2'800'000'000'000; // ids end in 2058
    storage::Range range = layout::session_range(since, for_ever);
    std::vector<SessionSummary> sessions;
    do {
        auto page = co_await m_state->engine.scan(range, limit - sessions.size());
        if (!page)
            co_return base::fail(std::move(page.error()), "listing sessions");
        for (const storage::Item& item : page->items) {
            auto summary = layout::decode_summary(item);
            if (!summary)
                co_return std::unexpected(std::move(summary.error()));
            sessions.push_back(std::move(*summary));
        }
        range.first = page->next;
    } while (!range.first.empty() && sessions.size() < limit);
    co_return sessions;
}

} // namespace mansio::trace
