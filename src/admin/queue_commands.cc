#include "admin/command.h"
#include "base/text.h"

#include <boost/json/array.hpp>

namespace mansio::admin::handlers {
namespace {

namespace json = boost::json;
using base::Fault;

std::string time_or_none(base::Millis time)
{
    return time == 0 ? "" : base::format_iso8601(time);
}

json::object shown(const queue::Recipient& recipient)
{
    return {{"recipient", recipient.index},
            {"address", recipient.forward_path},
            {"state", queue::name(recipient.state)},
            {"attempts", recipient.attempts},
            {"next_attempt", time_or_none(recipient.next_attempt)},
            {"last_attempt", time_or_none(recipient.last_attempt)},
            {"last_remote", recipient.last_remote},
            {"last_code", recipient.last_code},
            {"last_status", recipient.last_status},
            {"last_reply", base::escape_for_log(recipient.last_reply)},
            {"route", recipient.route},
            {"parked_because", recipient.parked_because}};
}

json::object shown(const queue::QueuedMessage& message)
{
    json::array recipients;
    for (const queue::Recipient& recipient : message.recipients)
        recipients.push_back(shown(recipient));
    return {{"id", queue::to_text(message.id)},
            {"sender", message.envelope.reverse_path},
            {"message_id", message.envelope.message_id},
            {"trace", message.envelope.trace_id},
            {"size", message.envelope.size},
            {"arrived", time_or_none(message.envelope.arrived)},
            {"expires", time_or_none(message.envelope.expires)},
            {"recipients", std::move(recipients)}};
}

Outcome<queue::Target> target_of(const json::object& arguments)
{
    auto text = text_argument(arguments, "id");
    if (!text)
        return std::unexpected(text.error());
    const auto id = queue::parse_queue_id(*text);
    if (!id)
        return base::fail(Fault::invalid, "not a queue id: " + *text);
    queue::Target target{*id, std::nullopt};
    if (arguments.contains("recipient"))
        target.recipient = static_cast<std::uint32_t>(number_argument_or(arguments, "recipient", 0));
    return target;
}

Outcome<json::value> answer(const Outcome<void>& done, const json::object& arguments)
{
    if (!done)
        return std::unexpected(done.error());
    return json::value(json::object{{"id", text_argument_or(arguments, "id", "")}});
}

using Action = Task<Outcome<void>> (queue::Spool::*)(queue::Target);

Task<Outcome<json::value>> act(Context& context, json::object arguments, Action action)
{
    auto target = target_of(arguments);
    if (!target)
        co_return std::unexpected(target.error());
    auto done = co_await (context.spool.*action)(*target);
    co_return answer(done, arguments);
}

} // namespace

Task<Outcome<json::value>> queue_list(Context& context, json::object arguments)
{
    const std::uint64_t limit = number_argument_or(arguments, "limit", 1000);
    auto messages = co_await context.spool.list(limit);
    if (!messages)
        co_return std::unexpected(messages.error());
    json::array rows;
    for (const queue::QueuedMessage& message : *messages)
        rows.push_back(shown(message));
    co_return json::value(std::move(rows));
}

Task<Outcome<json::value>> queue_show(Context& context, json::object arguments)
{
    auto target = target_of(arguments);
    if (!target)
        co_return std::unexpected(target.error());
    auto message = co_await context.spool.show(target->id);
    if (!message)
        co_return std::unexpected(message.error());
    co_return json::value(shown(*message));
}

Task<Outcome<json::value>> queue_retry(Context& context, json::object arguments)
{
    return act(context, std::move(arguments), &queue::Spool::retry);
}

Task<Outcome<json::value>> queue_hold(Context& context, json::object arguments)
{
    return act(context, std::move(arguments), &queue::Spool::hold);
}

Task<Outcome<json::value>> queue_release(Context& context, json::object arguments)
{
    return act(context, std::move(arguments), &queue::Spool::release);
}

Task<Outcome<json::value>> queue_delete(Context& context, json::object arguments)
{
    return act(context, std::move(arguments), &queue::Spool::remove);
}

Task<Outcome<json::value>> queue_reroute(Context& context, json::object arguments)
{
    auto target = target_of(arguments);
    if (!target)
        co_return std::unexpected(target.error());
    auto done = co_await context.spool.reroute(*target, text_argument_or(arguments, "route", ""));
    co_return answer(done, arguments);
}

Task<Outcome<json::value>> queue_bounce(Context& context, json::object arguments)
{
    auto target = target_of(arguments);
    if (!target)
        co_return std::unexpected(target.error());
    auto reason = text_argument_or(arguments, "reason", "returned by the administrator");
    auto done = co_await context.spool.bounce(*target, std::move(reason));
    co_return answer(done, arguments);
}

} // namespace mansio::admin::handlers
