#include "admin/command.h"

#include <boost/json/array.hpp>

namespace mansio::admin::handlers {
namespace {

namespace json = boost::json;
using base::Fault;

json::object shown(const trace::SessionSummary& summary)
{
    return {{"id", summary.id},
            {"protocol", trace::name(summary.protocol)},
            {"peer", summary.peer},
            {"local", summary.local},
            {"user", summary.user},
            {"start", base::format_iso8601(summary.start)},
            {"end", summary.end == 0 ? "" : base::format_iso8601(summary.end)},
            {"reason", summary.reason},
            {"bytes_in", summary.bytes_in},
            {"bytes_out", summary.bytes_out}};
}

json::object shown(const trace::JourneyEvent& event)
{
    return {{"time", base::format_iso8601(event.time)},
            {"stage", trace::name(event.stage)},
            {"sender", event.sender},
            {"recipient", event.recipient},
            {"message_id", event.message_id},
            {"account", event.account},
            {"session", event.session},
            {"detail", event.detail}};
}

} // namespace

Task<Outcome<json::value>> trace_session(Context& context, json::object arguments)
{
    auto id = text_argument(arguments, "id");
    if (!id)
        co_return std::unexpected(id.error());
    auto flushed = co_await context.recorder.flush();
    if (!flushed)
        co_return std::unexpected(flushed.error());
    auto transcript = co_await context.recorder.session(*id);
    if (!transcript)
        co_return std::unexpected(transcript.error());
    if (!*transcript)
        co_return base::fail(Fault::not_found, "no such session: " + *id);
    json::object result = shown((*transcript)->summary);
    result["lines"] = (*transcript)->lines;
    co_return json::value(std::move(result));
}

Task<Outcome<json::value>> trace_sessions(Context& context, json::object arguments)
{
    auto flushed = co_await context.recorder.flush();
    if (!flushed)
        co_return std::unexpected(flushed.error());
    constexpr std::uint64_t hour = 3'600;
    const std::uint64_t seconds = number_argument_or(arguments, "last_seconds", hour);
    const base::Millis since = context.clock.now_millis() - static_cast<base::Millis>(seconds) * 1000;
    auto sessions = co_await context.recorder.sessions(since, number_argument_or(arguments, "limit", 1000));
    if (!sessions)
        co_return std::unexpected(sessions.error());
    json::array rows;
    for (const trace::SessionSummary& summary : *sessions)
        rows.push_back(shown(summary));
    co_return json::value(std::move(rows));
}

Task<Outcome<json::value>> trace_message(Context& context, json::object arguments)
{
    auto id = text_argument(arguments, "id");
    if (!id)
        co_return std::unexpected(id.error());
    auto events = co_await context.recorder.journey(*id);
    if (!events)
        co_return std::unexpected(events.error());
    if (events->empty())
        co_return base::fail(Fault::not_found, "no such message: " + *id);
    json::array rows;
    for (const trace::JourneyEvent& event : *events)
        rows.push_back(shown(event));
    co_return json::value(std::move(rows));
}

Task<Outcome<json::value>> trace_find(Context& context, json::object arguments)
{
    trace::JourneyQuery query;
    query.sender = text_argument_or(arguments, "sender", "");
    query.recipient = text_argument_or(arguments, "recipient", "");
    query.message_id = text_argument_or(arguments, "message_id", "");
    query.limit = number_argument_or(arguments, "limit", query.limit);
    if (query.sender.empty() && query.recipient.empty() && query.message_id.empty())
        co_return base::fail(Fault::invalid, "say a sender, a recipient or a Message-ID");
    auto ids = co_await context.recorder.find(query);
    if (!ids)
        co_return std::unexpected(ids.error());
    json::array rows;
    for (const std::string& id : *ids) {
        auto events = co_await context.recorder.journey(id);
        if (!events || events->empty())
            continue;
        json::object row = shown(events->front());
        row["trace"] = id;
        row["last_stage"] = trace::name(events->back().stage);
        rows.push_back(std::move(row));
    }
    co_return json::value(std::move(rows));
}

} // namespace mansio::admin::handlers
