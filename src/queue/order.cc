// A person's side of the spool: hold, release, retry, reroute, bounce, delete.
#include "queue/dsn.h"
#include "queue/layout.h"
#include "queue/route.h"
#include "queue/spool.h"

namespace mansio::queue {
namespace {

constexpr std::size_t max_reason_kept = 1024;

std::unexpected<base::Failure> refuse(const Recipient& recipient)
{
    return base::fail(base::Fault::refused,
                      "<" + recipient.forward_path + "> is " + std::string(name(recipient.state)));
}

void make_due(Recipient& recipient)
{
    recipient.state = RecipientState::waiting;
    recipient.owed = Owed::nothing;
    recipient.parked_because.clear();
    recipient.expired = false;
    recipient.next_attempt = 0;
}

} // namespace

Task<Outcome<void>> Spool::hold(Target target)
{
    return change(target, {Change::hold, {}});
}

Task<Outcome<void>> Spool::release(Target target)
{
    return change(target, {Change::release, {}});
}

Task<Outcome<void>> Spool::retry(Target target)
{
    return change(target, {Change::retry, {}});
}

Task<Outcome<void>> Spool::reroute(Target target, std::string route)
{
    return change(target, {Change::reroute, std::move(route)});
}

Task<Outcome<void>> Spool::bounce(Target target, std::string reason)
{
    return change(target, {Change::bounce, std::move(reason)});
}

Task<Outcome<void>> Spool::remove(Target target)
{
    return change(target, {Change::remove, {}});
}

/// What the order makes of one recipient; Fault::refused where its state does not allow it.
Outcome<Spool::Step> Spool::changed(const QueuedMessage& message, Recipient recipient,
                                    const Order& order) const
{
    using enum RecipientState;
    const RecipientState state = recipient.state;
    const auto step = [&](Happened happened) {
        return Step{
            .after = std::move(recipient), .erase = happened == Happened::removed, .happened = happened};
    };
    switch (order.change) {
    case Change::hold:
        if (state != waiting)
            return refuse(recipient);
        recipient.state = held;
        return step(Happened::held);
    case Change::release:
        if (state != held)
            return refuse(recipient);
        make_due(recipient);
        return step(Happened::released);
    case Change::reroute:
    case Change::retry:
        if (state == done)
            return refuse(recipient);
        if (order.change == Change::reroute)
            recipient.route = order.text;
        make_due(recipient);
        return step(Happened::released);
    case Change::bounce:
        if (state == done || !wants_report(message.envelope, recipient, Owed::failure))
            return base::fail(base::Fault::refused,
                              "<" + recipient.forward_path + ">: nobody wants a report; delete it instead");
        recipient.last_code = 0;
        recipient.last_status = "5.7.0";
        recipient.last_reply = order.text.substr(0, max_reason_kept);
        recipient.last_remote.clear();
        return failed_step(message, std::move(recipient));
    case Change::remove: break;
    }
    return step(Happened::removed);
}

Task<Outcome<void>> Spool::change(Target target, Order order)
{
    if (order.change == Change::reroute && !order.text.empty() && !parse_route(order.text))
        co_return base::fail(base::Fault::invalid, "not a route: \"" + order.text +
                                                       "\" (wanted host, host:port or "
                                                       "[address]:port)");
    auto held = co_await stripe(target.id).lock();
    auto message = co_await read(target.id);
    if (!message)
        co_return std::unexpected(std::move(message.error()));
    std::vector<Step> steps;
    base::Failure refused{base::Fault::not_found, "no such recipient of " + to_text(target.id)};
    for (const Recipient& recipient : message->recipients) {
        if (target.recipient && *target.recipient != recipient.index)
            continue;
        auto step = changed(*message, recipient, order);
        if (step)
            steps.push_back(std::move(*step));
        else
            refused = std::move(step.error());
    }
    if (steps.empty())
        co_return std::unexpected(std::move(refused));

    storage::Batch batch;
    // A wish to try again gives a message that is over its lifetime another one.
    const Millis now = m_clock.now_millis();
    const bool tries =
        order.change == Change::retry || order.change == Change::reroute || order.change == Change::release;
    if (tries && now >= expiry_of(message->envelope)) {
        message->envelope.expires = now + settings().retry.lifetime;
        batch.put(layout::message_key(message->id), layout::encode(message->envelope));
    }
    auto written = co_await store(std::move(*message), steps, std::move(batch));
    if (written && tries)
        wake_lanes(steps);
    co_return written;
}

void Spool::wake_lanes(const std::vector<Step>& steps)
{
    {
        std::lock_guard lock(m_mutex);
        for (const Step& step : steps)
            m_schedule.wake(lane_of(step.after));
    }
    m_changed.raise();
}

} // namespace mansio::queue
