#pragma once
#include "base/outcome.h"
#include "base/time.h"
#include "storage/engine.h"
#include "trace/recorder.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace mansio::trace::layout {

// Keys and values of the table in recorder.h. Ids sort by time: all ids made before `time` are smaller than
// time_prefix(time).

std::string time_prefix(base::Millis time);
/// time_prefix(now) and `tail` characters that differ from id to id within this process. Thread-safe.
std::string make_id(base::Millis now, std::size_t tail);

enum class Index : char { sender = 'f', recipient = 'r', message_id = 'm' };

std::string session_key(std::string_view session);
std::string chunk_key(std::string_view session, std::uint32_t number);
std::string event_key(const JourneyEvent& event, std::uint32_t number);
std::string index_prefix(Index index, std::string_view value); ///< its trace ids follow
std::string index_key(Index index, std::string_view value, std::string_view trace_id);

storage::Range session_range(base::Millis from, base::Millis before);
storage::Range chunk_range(std::string_view session);
storage::Range chunk_range_before(base::Millis before);
storage::Range event_range(std::string_view trace_id);
storage::Range event_range_before(base::Millis before);

std::string encode(const SessionSummary& summary);
std::string encode(const JourneyEvent& event);
/// Ids come from the key. Fault::corrupt when the bytes say anything else than encode() wrote.
base::Outcome<SessionSummary> decode_summary(const storage::Item& item);
base::Outcome<JourneyEvent> decode_event(const storage::Item& item);

/// Calls `use` for each index key of the event. Later events of a message name what the first ones named: the
/// sender and the Message-ID are known since it was received, a recipient since it was delivered or queued.
template <class Use>
void for_each_index_key(const JourneyEvent& event, Use use)
{
    const bool begins = event.stage == Stage::received;
    if (begins && !event.sender.empty())
        use(index_key(Index::sender, event.sender, event.trace_id));
    if (begins && !event.message_id.empty())
        use(index_key(Index::message_id, event.message_id, event.trace_id));
    const bool places = begins || event.stage == Stage::delivered || event.stage == Stage::queued;
    if (places && !event.recipient.empty())
        use(index_key(Index::recipient, event.recipient, event.trace_id));
}

} // namespace mansio::trace::layout
