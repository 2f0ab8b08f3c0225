#include "queue/spool.h"

#include "base/bytes.h"
#include "base/log.h"
#include "queue/dsn.h"
#include "queue/layout.h"
#include "queue/route.h"

#include <algorithm>

namespace mansio::queue {
namespace {

/// The low bits of an id are random, so that ids of two starts with a wrong clock between them differ.
constexpr unsigned random_bits = 22;

/// In [0, 1), the same for all recipients of a message in the same attempt: they come back together.
double spread(QueueId id, std::uint32_t attempts)
{
    std::uint64_t x = id.value ^ (attempts * 0x9e3779b97f4a7c15ULL);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return static_cast<double>((x ^ (x >> 31)) >> 11) * 0x1.0p-53;
}

} // namespace

Spool::Spool(storage::Engine& engine, const base::Clock& clock, SpoolSettings settings)
    : m_engine(engine)
    , m_clock(clock)
    , m_settings(std::move(settings))
    , m_schedule(m_settings.retry, m_settings.limits)
{
}

SpoolSettings Spool::settings() const
{
    std::lock_guard lock(m_mutex);
    return m_settings;
}

Task<Outcome<void>> Spool::load()
{
    storage::Range range = layout::recipients();
    while (!range.first.empty()) {
        auto page = co_await m_engine.scan(range);
        if (!page)
            co_return base::fail(std::move(page.error()), "reading the queue");
        std::lock_guard lock(m_mutex);
        for (const storage::Item& item : page->items) {
            const QueueId id = layout::id_in(item.key);
            m_last_id = std::max(m_last_id, id.value);
            if (const auto recipient = layout::decode_recipient(item.key, item.value))
                learn(id, *recipient, false);
            else
                base::log(base::Level::error, "relay", "queue record can't be read",
                          {{"message", to_text(id)}});
        }
        range.first = page->next;
    }
    m_changed.raise();
    co_return Outcome<void>{};
}

void Spool::configure(SpoolSettings settings)
{
    {
        std::lock_guard lock(m_mutex);
        const bool moved = settings.default_route != m_settings.default_route;
        m_settings = std::move(settings);
        m_schedule.configure(m_settings.retry, m_settings.limits);
        // Lanes name the destination, so another smarthost means other lanes. Recipients with a route of
        // their own are told apart by their lane's name: it begins with "=".
        for (auto& [id, recipients] : m_known)
            for (auto& [index, known] : recipients)
                if (moved && !known.lane.starts_with('=')) {
                    known.lane = m_settings.default_route.empty() ? known.domain : "*";
                    if (known.state == RecipientState::waiting && known.active == 0)
                        m_schedule.put(known.lane, {id, index, known.due});
                }
    }
    m_changed.raise();
}

/// "=route", "*" for the smarthost, or the domain.
std::string Spool::lane_of(const Recipient& recipient) const
{
    if (!recipient.route.empty())
        return "=" + recipient.route;
    return m_settings.default_route.empty() ? domain_of(recipient.forward_path) : "*";
}

Millis Spool::expiry_of(const Envelope& envelope) const
{
    return envelope.expires != 0 ? envelope.expires : envelope.arrived + settings().retry.lifetime;
}

/// One attempt is made at the very end of the lifetime, none long after it.
Millis Spool::next_attempt(const Envelope& envelope, QueueId id, std::uint32_t attempts) const
{
    const Millis now = m_clock.now_millis();
    const Millis expiry = expiry_of(envelope);
    const Millis next = now + retry_delay(settings().retry, attempts, spread(id, attempts));
    return expiry > now ? std::min(next, expiry) : next;
}

// The way in.

QueueId Spool::reserve()
{
    const std::uint64_t time = static_cast<std::uint64_t>(m_clock.now_millis()) << random_bits;
    const std::uint64_t chance = base::random_u64() & ((1ULL << random_bits) - 1);
    std::lock_guard lock(m_mutex);
    m_last_id = std::max(m_last_id + 1, time | chance);
    return QueueId{m_last_id};
}

void Spool::enqueue(storage::Batch& batch, const NewMessage& message) const
{
    batch.put(layout::message_key(message.id), layout::encode(message.envelope));
    for (const Recipient& recipient : fresh(message))
        batch.put(layout::recipient_key(message.id, recipient.index), layout::encode(recipient));
    if (message.content)
        batch.put_blob(message.envelope.blob, message.content);
    else
        batch.ref_blob(message.envelope.blob, 1);
}

std::vector<Recipient> Spool::fresh(const NewMessage& message)
{
    std::vector<Recipient> recipients;
    for (const Recipient& given : message.recipients) {
        Recipient recipient;
        recipient.index = static_cast<std::uint32_t>(recipients.size());
        recipient.forward_path = given.forward_path;
        recipient.notify = given.notify;
        recipient.original_recipient = given.original_recipient;
        recipient.route = given.route;
        recipients.push_back(std::move(recipient));
    }
    return recipients;
}

void Spool::committed(const NewMessage& message)
{
    {
        std::lock_guard lock(m_mutex);
        for (const Recipient& recipient : fresh(message))
            learn(message.id, recipient, false);
    }
    m_changed.raise();
}

// What memory knows. All of it under m_mutex.

void Spool::count(const Known& known, int by)
{
    const auto add = [by](std::size_t& number) { number += static_cast<std::size_t>(by); };
    switch (known.state) {
    case RecipientState::waiting: add(m_counts.waiting); break;
    case RecipientState::held: add(m_counts.held); break;
    case RecipientState::parked: add(m_counts.parked); break;
    case RecipientState::done: add(m_counts.done); break;
    }
}

void Spool::learn(QueueId id, const Recipient& recipient, bool ends_attempt)
{
    auto [place, is_new] = m_known[id].try_emplace(recipient.index);
    Known& known = place->second;
    if (!is_new)
        count(known, -1);
    known.state = recipient.state;
    known.owed = recipient.owed;
    known.lane = lane_of(recipient);
    known.domain = domain_of(recipient.forward_path);
    known.due = recipient.next_attempt;
    count(known, 1);
    if (ends_attempt)
        known.active = 0;
    if (known.state == RecipientState::waiting && known.active == 0)
        m_schedule.put(known.lane, {id, recipient.index, known.due});
    else
        m_schedule.remove(id, recipient.index);
    // Results of one attempt are reported together, when it has finished.
    if (known.owed != Owed::nothing && !ends_attempt)
        m_reports.insert({0, id});
}

void Spool::forget(QueueId id, std::uint32_t recipient)
{
    m_schedule.remove(id, recipient);
    const auto message = m_known.find(id);
    if (message == m_known.end())
        return;
    if (const auto known = message->second.find(recipient); known != message->second.end()) {
        count(known->second, -1);
        message->second.erase(known);
    }
    if (message->second.empty())
        m_known.erase(message);
}

void Spool::apply(QueueId id, const std::vector<Step>& steps)
{
    {
        std::lock_guard lock(m_mutex);
        for (const Step& step : steps) {
            if (step.erase)
                forget(id, step.after.index);
            else
                learn(id, step.after, step.ends_attempt);
        }
    }
    m_changed.raise();
}

SpoolCounts Spool::counts() const
{
    std::lock_guard lock(m_mutex);
    SpoolCounts counts = m_counts;
    counts.messages = m_known.size();
    counts.active = m_schedule.active();
    return counts;
}

// The store's side.

Task<Outcome<QueuedMessage>> Spool::read(QueueId id)
{
    auto stored = co_await m_engine.get(layout::message_key(id));
    if (!stored)
        co_return base::fail(std::move(stored.error()), "reading a queued message");
    if (!*stored)
        co_return base::fail(base::Fault::not_found, "no message " + to_text(id) + " in the queue");
    auto envelope = layout::decode_envelope(**stored);
    if (!envelope)
        co_return base::fail(base::Fault::corrupt, "record of queued message " + to_text(id));
    QueuedMessage message{id, std::move(*envelope), {}};
    auto items = co_await storage::scan_all(m_engine, layout::recipients_of(id));
    if (!items)
        co_return base::fail(std::move(items.error()), "reading a queued message's recipients");
    for (const storage::Item& item : *items) {
        auto recipient = layout::decode_recipient(item.key, item.value);
        if (!recipient)
            co_return base::fail(base::Fault::corrupt, "recipient record of queued message " + to_text(id));
        message.recipients.push_back(std::move(*recipient));
    }
    co_return message;
}

/// `message` is as read, with all recipients that are left: the last one to go takes the message along.
void Spool::add_writes(storage::Batch& batch, const QueuedMessage& message,
                       const std::vector<Step>& steps) const
{
    std::size_t left = message.recipients.size();
    for (const Step& step : steps) {
        std::string key = layout::recipient_key(message.id, step.after.index);
        if (step.erase) {
            batch.erase(std::move(key));
            --left;
        } else {
            batch.put(std::move(key), layout::encode(step.after));
        }
        if (m_witness && step.happened)
            m_witness(batch, message, step.after, *step.happened);
    }
    if (left > 0)
        return;
    batch.erase(layout::message_key(message.id));
    batch.ref_blob(message.envelope.blob, -1);
}

/// Under the message's lock: durable first, then memory.
Task<Outcome<void>> Spool::store(QueuedMessage message, std::vector<Step> steps, storage::Batch batch)
{
    add_writes(batch, message, steps);
    auto version = co_await m_engine.commit(std::move(batch));
    if (!version)
        co_return base::fail(std::move(version.error()), "writing to the queue");
    apply(message.id, steps);
    co_return Outcome<void>{};
}

// Reading for people.

Task<Outcome<QueuedMessage>> Spool::show(QueueId id)
{
    return read(id);
}

Task<Outcome<std::vector<QueuedMessage>>> Spool::list(std::size_t limit, QueueId after)
{
    std::vector<QueuedMessage> messages;
    storage::Range range = layout::messages(after);
    while (!range.first.empty() && messages.size() < limit) {
        auto page = co_await m_engine.scan(range, limit - messages.size());
        if (!page)
            co_return base::fail(std::move(page.error()), "listing the queue");
        for (const storage::Item& item : page->items) {
            const QueueId id = layout::id_in(item.key);
            auto message = co_await read(id);
            if (message)
                messages.push_back(std::move(*message));
            else if (message.error().fault != base::Fault::not_found)
                co_return std::unexpected(std::move(message.error()));
        }
        range.first = page->next;
    }
    co_return messages;
}

Task<Outcome<Spool::Audit>> Spool::check_consistency()
{
    Audit audit;
    auto messages = co_await storage::scan_all(m_engine, layout::messages());
    if (!messages)
        co_return std::unexpected(std::move(messages.error()));
    auto recipients = co_await storage::scan_all(m_engine, layout::recipients());
    if (!recipients)
        co_return std::unexpected(std::move(recipients.error()));
    std::map<QueueId, std::size_t> counted;
    for (const storage::Item& item : *messages) {
        const QueueId id = layout::id_in(item.key);
        counted[id] = 0;
        if (const auto envelope = layout::decode_envelope(item.value))
            ++audit.references[envelope->blob];
        else
            audit.problems.push_back("queue: message " + to_text(id) + " can't be read");
    }
    for (const storage::Item& item : *recipients) {
        const QueueId id = layout::id_in(item.key);
        if (!layout::decode_recipient(item.key, item.value))
            audit.problems.push_back("queue: a recipient of " + to_text(id) + " can't be read");
        if (const auto message = counted.find(id); message != counted.end())
            ++message->second;
        else
            audit.problems.push_back("queue: a recipient of " + to_text(id) + " has no message");
    }
    for (const auto& [id, count] : counted)
        if (count == 0)
            audit.problems.push_back("queue: message " + to_text(id) + " has no recipient");
    co_return audit;
}

} // namespace mansio::queue
