// The driver's side of the spool: attempts and their results.
#include "base/text.h"
#include "queue/dsn.h"
#include "queue/spool.h"

#include <algorithm>

namespace mansio::queue {
namespace {

/// Remote words are kept up to here: enough for any honest reply, not for a flood.
constexpr std::size_t max_reply_kept = 1024;

/// For the driver's own records: nobody has been told of them. A crash of the program loses none; a loss of
/// power may lose the last few milliseconds of them, and then an attempt is made again.
storage::Batch unwaited()
{
    storage::Batch batch;
    batch.set_durable(storage::Durable::soon);
    return batch;
}

void keep_result(Recipient& recipient, const Result& result)
{
    recipient.last_code = result.code;
    recipient.last_status = result.status.substr(0, 16);
    recipient.last_reply = result.text.substr(0, max_reply_kept);
    recipient.last_remote = result.remote.substr(0, max_reply_kept);
    recipient.session = result.session;
}

} // namespace

std::vector<Attempt> Spool::take()
{
    std::lock_guard lock(m_mutex);
    std::vector<Attempt> attempts = m_schedule.take(m_clock.now_millis());
    for (const Attempt& attempt : attempts)
        mark_active(attempt);
    return attempts;
}

void Spool::mark_active(const Attempt& attempt)
{
    KnownMessage& message = m_known[attempt.id];
    for (const std::uint32_t recipient : attempt.recipients)
        message[recipient].active = attempt.serial;
}

std::optional<Millis> Spool::next_due() const
{
    std::lock_guard lock(m_mutex);
    std::optional<Millis> due = m_schedule.next_due();
    if (!m_reports.empty())
        due = std::min(due.value_or(m_reports.begin()->first), m_reports.begin()->first);
    return due;
}

Task<Outcome<QueuedMessage>> Spool::begin(Attempt attempt)
{
    auto message = co_await record_attempt(attempt);
    if (!message) {
        // Nothing was written; without this the attempt would be taken again at once.
        std::lock_guard lock(m_mutex);
        const Millis later = m_clock.now_millis() + m_settings.retry.first;
        if (const auto known = m_known.find(attempt.id); known != m_known.end())
            for (auto& [index, recipient] : known->second)
                if (recipient.active == attempt.serial)
                    recipient.due = later;
    }
    co_return message;
}

Task<Outcome<QueuedMessage>> Spool::record_attempt(const Attempt& attempt)
{
    auto held = co_await stripe(attempt.id).lock();
    auto message = co_await read(attempt.id);
    if (!message)
        co_return message;
    const Millis now = m_clock.now_millis();
    std::vector<Step> steps;
    for (Recipient recipient : message->recipients) {
        if (std::ranges::find(attempt.recipients, recipient.index) == attempt.recipients.end() ||
            recipient.state != RecipientState::waiting)
            continue;
        ++recipient.attempts;
        recipient.last_attempt = now;
        recipient.next_attempt = next_attempt(message->envelope, message->id, recipient.attempts);
        steps.push_back({.after = std::move(recipient), .happened = {}});
    }
    if (!steps.empty()) {
        QueuedMessage before = *message;
        auto written = co_await store(std::move(before), steps, unwaited());
        if (!written)
            co_return std::unexpected(std::move(written.error()));
    }
    message->recipients.clear();
    for (Step& step : steps)
        message->recipients.push_back(std::move(step.after));
    co_return message;
}

Task<Outcome<Became>> Spool::record(QueueId id, std::uint32_t index, Result result)
{
    auto held = co_await stripe(id).lock();
    auto message = co_await read(id);
    if (!message && message.error().fault == base::Fault::not_found)
        co_return Became::unchanged;
    if (!message)
        co_return std::unexpected(std::move(message.error()));
    const auto found = std::ranges::find(message->recipients, index, &Recipient::index);
    if (found == message->recipients.end())
        co_return Became::unchanged;
    Step step = result_step(*message, *found, result);
    step.ends_attempt = true;
    const Became became = step.erase                                   ? Became::gone
                          : step.after.state == RecipientState::done   ? Became::returning
                          : step.after.state == RecipientState::parked ? Became::parked
                                                                       : Became::waiting;
    std::vector<Step> steps{std::move(step)};
    auto written = co_await store(std::move(*message), std::move(steps), unwaited());
    if (!written)
        co_return std::unexpected(std::move(written.error()));
    co_return became;
}

Spool::Step Spool::result_step(const QueuedMessage& message, Recipient recipient, const Result& result) const
{
    keep_result(recipient, result);
    switch (result.kind) {
    case Result::Kind::delivered:
        return {.after = std::move(recipient), .erase = true, .happened = Happened::delivered};
    case Result::Kind::relayed: {
        const bool report = wants_report(message.envelope, recipient, Owed::success);
        recipient.state = RecipientState::done;
        recipient.owed = report ? Owed::success : Owed::nothing;
        return {.after = std::move(recipient), .erase = !report, .happened = Happened::delivered};
    }
    case Result::Kind::failed: return failed_step(message, std::move(recipient));
    case Result::Kind::deferred: break;
    }
    return deferred_step(message, std::move(recipient));
}

Spool::Step Spool::deferred_step(const QueuedMessage& message, Recipient recipient) const
{
    const Millis now = m_clock.now_millis();
    if (recipient.first_failed == 0)
        recipient.first_failed = now;
    if (recipient.state != RecipientState::waiting) // held or bounced meanwhile
        return {.after = std::move(recipient), .happened = Happened::deferred};
    if (now >= expiry_of(message.envelope)) {
        recipient.expired = true;
        return failed_step(message, std::move(recipient));
    }
    recipient.next_attempt = next_attempt(message.envelope, message.id, recipient.attempts);
    const Millis warning = settings().retry.delay_warning;
    if (warning > 0 && !recipient.delay_reported && now >= message.envelope.arrived + warning &&
        wants_report(message.envelope, recipient, Owed::delay))
        recipient.owed = Owed::delay;
    return {.after = std::move(recipient), .happened = Happened::deferred};
}

/// Returned to the sender; without a sender to return it to, parked; erased only when the sender asked not to
/// be told (NOTIFY), and the journey says so.
Spool::Step Spool::failed_step(const QueuedMessage& message, Recipient recipient) const
{
    recipient.owed = Owed::nothing;
    if (message.envelope.reverse_path.empty()) {
        recipient.state = RecipientState::parked;
        recipient.parked_because = recipient.expired
                                       ? "its lifetime is over and there is no sender to return it to"
                                       : "it failed for good and there is no sender to return it to";
        return {.after = std::move(recipient), .happened = Happened::parked};
    }
    const bool report = wants_report(message.envelope, recipient, Owed::failure);
    recipient.state = RecipientState::done;
    recipient.owed = report ? Owed::failure : Owed::nothing;
    return {.after = std::move(recipient), .erase = !report, .happened = Happened::failed};
}

/// Under m_mutex.
void Spool::end_attempt(const Attempt& attempt)
{
    const auto message = m_known.find(attempt.id);
    if (message == m_known.end())
        return;
    bool owes = false;
    for (auto& [index, known] : message->second) {
        owes = owes || known.owed != Owed::nothing;
        if (known.active != attempt.serial)
            continue;
        known.active = 0;
        if (known.state == RecipientState::waiting)
            m_schedule.put(known.lane, {attempt.id, index, known.due});
    }
    if (owes)
        m_reports.insert({0, attempt.id});
}

void Spool::finished(const Attempt& attempt, LaneVerdict verdict)
{
    {
        std::lock_guard lock(m_mutex);
        end_attempt(attempt);
        m_schedule.finished(attempt.lane, verdict, m_clock.now_millis());
    }
    m_changed.raise();
}

std::optional<Attempt> Spool::finished_and_next(const Attempt& attempt)
{
    std::optional<Attempt> next;
    {
        std::lock_guard lock(m_mutex);
        end_attempt(attempt);
        m_schedule.finished(attempt.lane, LaneVerdict::reached, m_clock.now_millis());
        next = m_schedule.take_more(attempt.lane, m_clock.now_millis());
        if (next)
            mark_active(*next);
    }
    m_changed.raise();
    return next;
}

// Reports.

std::vector<QueueId> Spool::take_reports()
{
    std::lock_guard lock(m_mutex);
    std::vector<QueueId> due;
    const Millis now = m_clock.now_millis();
    while (!m_reports.empty() && m_reports.begin()->first <= now) {
        due.push_back(m_reports.begin()->second);
        m_reports.erase(m_reports.begin());
    }
    std::ranges::sort(due);
    due.erase(std::unique(due.begin(), due.end()), due.end());
    return due;
}

void Spool::report_later(QueueId id, Millis wait)
{
    {
        std::lock_guard lock(m_mutex);
        m_reports.insert({m_clock.now_millis() + wait, id});
    }
    m_changed.raise();
}

Task<Outcome<ReportDuty>> Spool::begin_report(QueueId id)
{
    auto held = co_await stripe(id).lock();
    auto message = co_await read(id);
    if (!message)
        co_return std::unexpected(std::move(message.error()));
    co_return ReportDuty{std::move(held), std::move(*message)};
}

std::vector<Spool::Step> Spool::settling_steps(const ReportDuty& duty,
                                               const std::vector<std::uint32_t>& recipients) const
{
    std::vector<Step> steps;
    for (Recipient recipient : duty.message.recipients) {
        if (std::ranges::find(recipients, recipient.index) == recipients.end())
            continue;
        Step step;
        step.erase = recipient.state == RecipientState::done;
        if (recipient.owed == Owed::failure)
            step.happened = Happened::returned;
        recipient.delay_reported = recipient.delay_reported || recipient.owed == Owed::delay;
        recipient.owed = Owed::nothing;
        step.after = std::move(recipient);
        steps.push_back(std::move(step));
    }
    return steps;
}

storage::Batch Spool::settle(const ReportDuty& duty, const std::vector<std::uint32_t>& recipients) const
{
    storage::Batch batch;
    add_writes(batch, duty.message, settling_steps(duty, recipients));
    return batch;
}

void Spool::reported(ReportDuty& duty, const std::vector<std::uint32_t>& recipients)
{
    const std::vector<Step> steps = settling_steps(duty, recipients);
    apply(duty.message.id, steps);
    for (const Step& step : steps) {
        const auto found = std::ranges::find(duty.message.recipients, step.after.index, &Recipient::index);
        if (step.erase)
            duty.message.recipients.erase(found);
        else
            *found = step.after;
    }
}

Task<Outcome<void>> Spool::park(ReportDuty& duty, std::vector<std::uint32_t> recipients, std::string reason)
{
    std::vector<Step> steps;
    std::vector<Recipient> after = duty.message.recipients;
    for (Recipient& recipient : after) {
        if (std::ranges::find(recipients, recipient.index) == recipients.end())
            continue;
        recipient.state = RecipientState::parked;
        recipient.owed = Owed::nothing;
        recipient.parked_because = reason.substr(0, max_reply_kept);
        steps.push_back({.after = recipient, .happened = Happened::parked});
    }
    QueuedMessage message = duty.message;
    auto written = co_await store(std::move(message), std::move(steps));
    if (written)
        duty.message.recipients = std::move(after);
    co_return written;
}

storage::Batch Spool::deliver(const ReportDuty& duty, std::uint32_t recipient, const Result& result) const
{
    const auto& found = *std::ranges::find(duty.message.recipients, recipient, &Recipient::index);
    storage::Batch batch;
    add_writes(batch, duty.message, {result_step(duty.message, found, result)});
    return batch;
}

void Spool::delivered(ReportDuty& duty, std::uint32_t recipient)
{
    const auto found = std::ranges::find(duty.message.recipients, recipient, &Recipient::index);
    apply(duty.message.id, {Step{.after = *found, .erase = true, .happened = {}}});
    duty.message.recipients.erase(found);
}

} // namespace mansio::queue
