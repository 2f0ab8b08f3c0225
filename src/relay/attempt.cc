// One attempt: home, or plan, connect, send, record.
#include "base/log.h"
#include "base/text.h"
#include "queue/route.h"
#include "relay/relay.h"

#include <algorithm>

namespace mansio::relay {
namespace {

using config::RelayTls;
using config::SmarthostTls;
using queue::LaneVerdict;

TlsPolicy policy_of(const config::RelaySettings& settings, bool smarthost, bool require_tls)
{
    TlsPolicy policy = TlsPolicy::opportunistic;
    if (smarthost) {
        switch (settings.smarthost_tls) {
        case SmarthostTls::off: policy = TlsPolicy::off; break;
        case SmarthostTls::opportunistic: policy = TlsPolicy::opportunistic; break;
        case SmarthostTls::starttls: policy = TlsPolicy::verified; break;
        case SmarthostTls::implicit: policy = TlsPolicy::implicit; break;
        }
    } else {
        switch (settings.tls) {
        case RelayTls::off: policy = TlsPolicy::off; break;
        case RelayTls::opportunistic: policy = TlsPolicy::opportunistic; break;
        case RelayTls::required: policy = TlsPolicy::encrypted; break;
        }
    }
    // rfc8689#4.2: such a message goes to a host that proves its name, or nowhere.
    if (require_tls && policy != TlsPolicy::implicit)
        return TlsPolicy::verified;
    return policy;
}

RoutingSettings routing(const config::RelaySettings& settings, const std::string& own_name)
{
    return {.own_name = own_name,
            .port = static_cast<std::uint16_t>(settings.port),
            .max_hosts = settings.max_mx,
            .family = settings.family,
            .private_addresses = settings.private_addresses};
}

/// What intake's refusal means for a recipient whose mailbox is here.
void settle_at_home(queue::Result& result, base::Fault fault)
{
    using enum queue::Result::Kind;
    const bool never = fault == base::Fault::not_found || fault == base::Fault::refused;
    const bool no_room = fault == base::Fault::over_quota;
    result.kind = never ? failed : deferred;
    result.status = never ? "5.1.1" : no_room ? "4.2.2" : "4.3.0";
    result.text = never     ? "no such mailbox here"
                  : no_room ? "the mailbox is full"
                            : "could not be delivered here for now";
}

void keep_only(queue::QueuedMessage& message, const std::vector<std::uint32_t>& indexes)
{
    std::erase_if(message.recipients, [&](const queue::Recipient& recipient) {
        return std::ranges::find(indexes, recipient.index) == indexes.end();
    });
}

} // namespace

/// The attempts of one lane slot: the first, and as many more as its connection may take.
Task<void> Relay::work(queue::Attempt attempt)
{
    Line line = take_idle(attempt.lane);
    for (;;) {
        const LaneVerdict verdict = co_await make_attempt(attempt, line);
        if (verdict != LaneVerdict::reached || !may_reuse(line) || m_stopping) {
            m_parts.spool.finished(attempt, verdict);
            break;
        }
        auto next = m_parts.spool.finished_and_next(attempt);
        if (!next)
            break;
        attempt = std::move(*next);
    }
    if (may_reuse(line) && !m_stopping) {
        keep_idle(std::move(attempt.lane), std::move(line));
        co_return;
    }
    if (line.connection)
        co_await line.connection->quit();
}

Task<LaneVerdict> Relay::make_attempt(const queue::Attempt& attempt, Line& line)
{
    auto message = co_await m_parts.spool.begin(attempt);
    if (!message) {
        if (message.error().fault != base::Fault::not_found)
            base::log(base::Level::error, "relay", "attempt not recorded, so not made",
                      {{"message", queue::to_text(attempt.id)}, {"cause", message.error().cause}});
        co_return LaneVerdict::not_tried;
    }
    co_await deliver_at_home(*message);
    if (message->recipients.empty())
        co_return LaneVerdict::not_tried;
    queue::QueuedMessage begun = std::move(*message);
    std::string lane = attempt.lane;
    const LaneVerdict verdict = co_await deliver(std::move(begun), std::move(lane), line);
    co_return verdict;
}

/// Recipients whose domain is local by now (added since, or reached by an alias): through intake, not by
/// dialling ourselves. They leave the message.
Task<void> Relay::deliver_at_home(queue::QueuedMessage& message)
{
    std::vector<std::uint32_t> others;
    for (const queue::Recipient& recipient : message.recipients) {
        if (!recipient.route.empty()) { // a person's route counts more
            others.push_back(recipient.index);
            continue;
        }
        auto local = co_await m_parts.house.is_local(recipient.forward_path);
        if (local && !*local) {
            others.push_back(recipient.index);
            continue;
        }
        Settled settled{.recipient = recipient.index, .result = {.remote = "this server"}};
        if (!local) { // dialling ourselves could end as a mail loop, for good
            settle_at_home(settled.result, base::Fault::temporary);
            co_await record(message, std::move(settled));
            continue;
        }
        auto taken = co_await take_home(message, recipient.index);
        if (taken)
            continue;
        settle_at_home(settled.result, taken.error().fault);
        co_await record(message, std::move(settled));
    }
    keep_only(message, others);
}

/// The delivery and its record are one commit: a crash between two would deliver again.
Task<Outcome<void>> Relay::take_home(const queue::QueuedMessage& message, std::uint32_t recipient)
{
    auto content = co_await m_parts.engine.read_blob(message.envelope.blob);
    if (!content) // whatever it is, it does not say that the mailbox is not there
        co_return base::fail(base::Fault::temporary, std::move(content.error().cause));
    auto duty = co_await m_parts.spool.begin_report(message.id);
    if (!duty)
        co_return std::unexpected(std::move(duty.error()));
    const auto found = std::ranges::find(duty->message.recipients, recipient, &queue::Recipient::index);
    if (found == duty->message.recipients.end() || found->state != queue::RecipientState::waiting)
        co_return Outcome<void>{}; // a person was faster
    const queue::Result result{
        .kind = queue::Result::Kind::delivered, .text = "delivered here", .remote = "this server"};
    Inbound inbound{.kind = Inbound::Kind::mail,
                    .reverse_path = message.envelope.reverse_path,
                    .recipient = found->forward_path,
                    .content = std::move(*content),
                    .smtputf8 = message.envelope.smtputf8,
                    .eight_bit = message.envelope.body == queue::BodyType::eight_bit_mime,
                    .with = m_parts.spool.deliver(*duty, recipient, result)};
    auto taken = co_await m_parts.house.take_in(std::move(inbound));
    if (taken)
        m_parts.spool.delivered(*duty, recipient);
    co_return taken;
}

Task<Attempted<Plan>> Relay::plan(const std::string& lane, const Settings& settings,
                                  const queue::QueuedMessage& message)
{
    const auto port = static_cast<std::uint16_t>(settings.relay.port);
    if (lane.starts_with('=')) {
        auto planned = plan_for_route(lane.substr(1), port);
        co_return planned;
    }
    if (!settings.relay.smarthost.empty()) {
        auto planned = plan_for_route(settings.relay.smarthost, port);
        if (planned)
            planned->smarthost = true;
        co_return planned;
    }
    std::string domain = queue::domain_of(message.recipients.front().forward_path);
    RoutingSettings where = routing(settings.relay, settings.hostname);
    auto planned = co_await plan_for_domain(m_parts.resolver, std::move(domain), std::move(where));
    co_return planned;
}

Task<Attempted<std::unique_ptr<Connection>>> Relay::connect(RouteHost host, net::Address address,
                                                            bool smarthost, bool require_tls)
{
    const auto current = settings();
    ConnectionSettings wanted{.relay = current->relay,
                              .own_name = current->relay.helo_name.empty() ? current->hostname
                                                                           : current->relay.helo_name,
                              .host = host.name,
                              .policy = policy_of(current->relay, smarthost, require_tls),
                              .tls = m_parts.tls ? &*m_parts.tls : nullptr,
                              .recorder = m_parts.recorder,
                              .connections = &m_connections};
    if (smarthost && !current->relay.smarthost_user.empty())
        wanted.login =
            wire::sasl::ClientAccount{current->relay.smarthost_user, current->relay.smarthost_password};
    ConnectionSettings first = wanted;
    auto connection = co_await Connection::open(*m_loop, address, std::move(first));
    if (!connection && connection.error().tls_failed && wanted.policy == TlsPolicy::opportunistic) {
        // rfc7435#3: better in the clear than not at all; on a new connection, this one is spoiled.
        wanted.policy = TlsPolicy::off;
        connection = co_await Connection::open(*m_loop, address, std::move(wanted));
    }
    co_return connection;
}

/// Tries host after host until one has judged every recipient. Each result is recorded before the next step.
Task<LaneVerdict> Relay::deliver(queue::QueuedMessage message, std::string lane, Line& line)
{
    if (line.connection && message.envelope.require_tls) { // it was opened for mail that asks less
        co_await line.connection->quit();
        line = {};
    }
    if (line.connection) {
        const bool done = co_await send(message, line);
        if (done)
            co_return LaneVerdict::reached;
    }
    const auto current = settings();
    auto planned = co_await plan(lane, *current, message);
    if (!planned) {
        co_await settle_all(message, to_result(planned.error()));
        co_return planned.error().kind == Trouble::Kind::permanent ? LaneVerdict::reached
                                                                   : LaneVerdict::unreachable;
    }
    LaneVerdict verdict = LaneVerdict::unreachable;
    Trouble last{.status = "4.4.1", .text = "no host to try"};
    std::size_t hopeless = 0;
    for (const RouteHost& host : planned->hosts) {
        RoutingSettings where = routing(current->relay, current->hostname);
        auto addresses = co_await addresses_of(m_parts.resolver, host, std::move(where));
        if (!addresses) {
            hopeless += addresses.error().kind == Trouble::Kind::permanent ? 1 : 0;
            last = std::move(addresses.error());
            continue;
        }
        std::size_t tried = 0;
        for (const net::Address& address : *addresses) {
            if (m_stopping || ++tried > current->relay.max_mx)
                break;
            auto connection =
                co_await connect(host, address, planned->smarthost, message.envelope.require_tls);
            if (!connection) {
                last = std::move(connection.error());
                continue;
            }
            verdict = LaneVerdict::reached;
            line = {.connection = std::move(*connection), .messages = 0};
            const bool done = co_await send(message, line);
            if (done)
                co_return verdict;
            last.text.clear(); // the recipients carry what the host said
        }
    }
    // Nobody has an address: for good. Any other mixture: for now.
    if (hopeless < planned->hosts.size())
        last.kind = Trouble::Kind::temporary;
    if (m_stopping && verdict == LaneVerdict::unreachable)
        co_return LaneVerdict::not_tried; // broken off by us: nothing to record
    for (const queue::Recipient& recipient : message.recipients) {
        Settled settled{.recipient = recipient.index, .result = to_result(last)};
        if (last.text.empty()) // this attempt's own words, kept by send()
            settled.result = {.code = recipient.last_code,
                              .status = recipient.last_status,
                              .text = recipient.last_reply,
                              .remote = recipient.last_remote,
                              .session = recipient.session};
        co_await record(message, std::move(settled));
    }
    co_return verdict;
}

/// One transaction over the line. Recipients that were judged are recorded and leave the message; true when
/// nobody is left. Those left carry the host's words in their last_ fields.
Task<bool> Relay::send(queue::QueuedMessage& message, Line& line)
{
    std::vector<Settled> results;
    {
        Transaction transaction(*line.connection, m_parts.engine, message);
        results = co_await transaction.run();
    }
    ++line.messages;
    std::vector<std::uint32_t> left;
    for (Settled& settled : results) {
        if (!settled.elsewhere) {
            co_await record(message, std::move(settled));
            continue;
        }
        left.push_back(settled.recipient);
        auto& recipient = *std::ranges::find(message.recipients, settled.recipient, &queue::Recipient::index);
        recipient.last_code = settled.result.code;
        recipient.last_status = settled.result.status;
        recipient.last_reply = settled.result.text;
        recipient.last_remote = settled.result.remote;
        recipient.session = settled.result.session;
    }
    if (!line.connection->usable())
        line = {};
    keep_only(message, left);
    co_return left.empty();
}

Task<void> Relay::settle_all(const queue::QueuedMessage& message, queue::Result result)
{
    for (const queue::Recipient& recipient : message.recipients) {
        Settled settled{.recipient = recipient.index, .result = result};
        co_await record(message, std::move(settled));
    }
}

Task<void> Relay::record(const queue::QueuedMessage& message, Settled settled)
{
    const queue::QueueId id = message.id;
    const std::string said = settled.result.text;
    auto became = co_await m_parts.spool.record(id, settled.recipient, std::move(settled.result));
    if (!became) // it is tried again at the time begin() recorded; the journey of this result is lost
        base::log(base::Level::error, "relay", "result not recorded",
                  {{"message", queue::to_text(id)}, {"result", said}, {"cause", became.error().cause}});
}

// Connections that wait for more.

bool Relay::may_reuse(const Line& line) const
{
    return line.connection && line.connection->usable() &&
           line.messages < settings()->relay.max_messages_per_connection;
}

Relay::Line Relay::take_idle(const std::string& lane)
{
    const auto found = m_idle.find(lane);
    if (found == m_idle.end())
        return {};
    Line line{.connection = std::move(found->second.connection), .messages = found->second.messages};
    m_idle.erase(found);
    return line;
}

void Relay::keep_idle(std::string lane, Line line)
{
    const base::SteadyTime until = std::chrono::steady_clock::now() + settings()->relay.reuse_time;
    const auto [place, is_new] = m_idle.try_emplace(std::move(lane));
    if (!is_new) { // one is enough
        spawn_work(say_goodbye(std::move(line.connection)), "goodbye");
        return;
    }
    place->second = {.connection = std::move(line.connection), .messages = line.messages, .until = until};
    m_parts.spool.changed().raise(); // run() learns of the new deadline
}

std::optional<base::SteadyTime> Relay::sweep_idle()
{
    std::optional<base::SteadyTime> next;
    for (auto place = m_idle.begin(); place != m_idle.end();) {
        Idle& idle = place->second;
        if (idle.until > std::chrono::steady_clock::now()) {
            next = std::min(next.value_or(idle.until), idle.until);
            ++place;
            continue;
        }
        spawn_work(say_goodbye(std::move(idle.connection)), "goodbye");
        place = m_idle.erase(place);
    }
    return next;
}

Task<void> Relay::say_goodbye(std::unique_ptr<Connection> connection)
{
    co_await connection->quit();
}

} // namespace mansio::relay
