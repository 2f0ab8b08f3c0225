#include "trace/layout.h"

#include "base/bytes.h"
#include "base/text.h"

#include <algorithm>
#include <atomic>

namespace mansio::trace {
namespace layout {
namespace {

constexpr std::string_view session_head = "ts";
constexpr std::string_view chunk_head = "tc";
constexpr std::string_view event_head = "tj";
constexpr std::string_view index_head = "ti";
constexpr std::size_t session_id_size = 12;
constexpr std::size_t trace_id_size = 14;
constexpr std::size_t max_indexed = 200;
constexpr std::uint8_t record_version = 1;

/// The lowest `count` digits of the number to base 36.
std::string base36(std::uint64_t number, std::size_t count)
{
    std::string out(count, '0');
    for (std::size_t i = count; i-- > 0; number /= 36)
        out[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36];
    return out;
}

std::uint64_t next_number()
{
    static std::atomic<std::uint64_t> counter = base::random_u64() >> 8;
    return counter.fetch_add(1, std::memory_order_relaxed);
}

std::string joined(std::string_view head, std::string_view rest)
{
    std::string out(head);
    out += rest;
    return out;
}

std::unexpected<base::Failure> corrupt(std::string_view what)
{
    return base::fail(base::Fault::corrupt, "trace: broken " + std::string(what));
}

} // namespace

std::string time_prefix(base::Millis time)
{
    return base36(time < 0 ? 0 : static_cast<std::uint64_t>(time), 8); // enough until the year 2059
}

std::string make_id(base::Millis now, std::size_t tail)
{
    // The factor has no divisor in common with 36, so different counts stay different; it only hides from
    // strangers how many messages came before theirs.
    return time_prefix(now) + base36(next_number() * 2'654'435'761U, tail);
}

std::string session_key(std::string_view session)
{
    return joined(session_head, session);
}

std::string chunk_key(std::string_view session, std::uint32_t number)
{
    return base::Writer().raw(chunk_head).raw(session).u32(number).take();
}

std::string event_key(const JourneyEvent& event, std::uint32_t number)
{
    base::Writer key;
    key.raw(event_head).raw(event.trace_id).u64(static_cast<std::uint64_t>(event.time)).u32(number);
    return key.take();
}

std::string index_prefix(Index index, std::string_view value)
{
    std::string folded = base::to_lower(value.substr(0, max_indexed));
    std::ranges::replace(folded, '\0', ' ');
    return joined(index_head, static_cast<char>(index) + folded + '\0');
}

std::string index_key(Index index, std::string_view value, std::string_view trace_id)
{
    return joined(index_prefix(index, value), trace_id);
}

storage::Range session_range(base::Millis from, base::Millis before)
{
    return {joined(session_head, time_prefix(from)), joined(session_head, time_prefix(before))};
}

storage::Range chunk_range(std::string_view session)
{
    return storage::Range::prefix(joined(chunk_head, session));
}

storage::Range chunk_range_before(base::Millis before)
{
    return {std::string(chunk_head), joined(chunk_head, time_prefix(before))};
}

storage::Range event_range(std::string_view trace_id)
{
    return storage::Range::prefix(joined(event_head, trace_id));
}

storage::Range event_range_before(base::Millis before)
{
    return {std::string(event_head), joined(event_head, time_prefix(before))};
}

std::string encode(const SessionSummary& summary)
{
    base::Writer out;
    out.u8(record_version).u8(static_cast<std::uint8_t>(summary.protocol));
    out.u64(static_cast<std::uint64_t>(summary.start)).u64(static_cast<std::uint64_t>(summary.end));
    out.string(summary.peer).string(summary.local).string(summary.user).string(summary.reason);
    out.varint(summary.bytes_in).varint(summary.bytes_out);
    return out.take();
}

std::string encode(const JourneyEvent& event)
{
    base::Writer out;
    out.u8(record_version).u8(static_cast<std::uint8_t>(event.stage));
    out.u64(static_cast<std::uint64_t>(event.time));
    out.string(event.sender).string(event.recipient).string(event.message_id);
    out.string(event.account).string(event.session).string(event.detail);
    return out.take();
}

base::Outcome<SessionSummary> decode_summary(const storage::Item& item)
{
    SessionSummary summary;
    base::Reader in(item.value);
    const std::uint8_t version = in.u8();
    summary.id = item.key.substr(std::min(item.key.size(), session_head.size()));
    summary.protocol = static_cast<Protocol>(in.u8());
    summary.start = static_cast<base::Millis>(in.u64());
    summary.end = static_cast<base::Millis>(in.u64());
    summary.peer = in.string();
    summary.local = in.string();
    summary.user = in.string();
    summary.reason = in.string();
    summary.bytes_in = in.varint();
    summary.bytes_out = in.varint();
    if (!in.done() || version != record_version || summary.id.size() != session_id_size ||
        name(summary.protocol).empty())
        return corrupt("session");
    return summary;
}

base::Outcome<JourneyEvent> decode_event(const storage::Item& item)
{
    JourneyEvent event;
    base::Reader in(item.value);
    const std::uint8_t version = in.u8();
    event.trace_id = item.key.substr(std::min(item.key.size(), event_head.size()), trace_id_size);
    event.stage = static_cast<Stage>(in.u8());
    event.time = static_cast<base::Millis>(in.u64());
    event.sender = in.string();
    event.recipient = in.string();
    event.message_id = in.string();
    event.account = in.string();
    event.session = in.string();
    event.detail = in.string();
    if (!in.done() || version != record_version || name(event.stage).empty())
        return corrupt("journey event");
    return event;
}

} // namespace layout

std::string new_trace_id(base::Millis now)
{
    return layout::make_id(now, layout::trace_id_size - 8);
}

std::string_view name(Stage stage)
{
    switch (stage) {
    case Stage::received: return "received";
    case Stage::delivered: return "delivered";
    case Stage::queued: return "queued";
    case Stage::attempt: return "attempt";
    case Stage::relayed: return "relayed";
    case Stage::bounced: return "bounced";
    case Stage::parked: return "parked";
    case Stage::held: return "held";
    case Stage::discarded: return "discarded";
    }
    return {};
}

} // namespace mansio::trace
