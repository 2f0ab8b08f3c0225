// Reports to the sender: composed, handed to intake, settled in the queue.
#include "base/log.h"
#include "message/compose.h"
#include "relay/relay.h"

#include <algorithm>

namespace mansio::relay {
namespace {

using queue::Owed;

/// How long a report waits that could not be handed over (a full disk, a store that fails).
constexpr base::Millis report_retry = 60'000;

std::vector<std::uint32_t> owed_this(const queue::QueuedMessage& message, Owed kind)
{
    std::vector<std::uint32_t> about;
    for (const queue::Recipient& recipient : message.recipients)
        if (recipient.owed == kind)
            about.push_back(recipient.index);
    return about;
}

base::Millis last_attempt(const queue::QueuedMessage& message)
{
    base::Millis last = message.envelope.arrived;
    for (const queue::Recipient& recipient : message.recipients)
        last = std::max(last, recipient.last_attempt);
    return last;
}

} // namespace

/// Each may hold a whole message in memory, and after a start or a long outage all may be due at once.
void Relay::start_reports()
{
    constexpr std::size_t at_once = 8;
    while (m_reporting < at_once && !m_reports_due.empty() && !m_stopping) {
        ++m_reporting;
        ++m_working;
        base::spawn(*m_loop, work_off_reports(), "delivery report", [this] {
            --m_reporting;
            --m_working;
            m_quiet.raise();
        });
    }
}

/// What is left when we stop is owed still, and taken up at the next start.
Task<void> Relay::work_off_reports()
{
    while (!m_reports_due.empty() && !m_stopping) {
        const queue::QueueId id = m_reports_due.front();
        m_reports_due.pop_front();
        co_await report(id);
    }
}

Task<void> Relay::report(queue::QueueId id)
{
    auto duty = co_await m_parts.spool.begin_report(id);
    bool done = duty.has_value() || duty.error().fault == base::Fault::not_found;
    if (duty) {
        for (const Owed kind : {Owed::failure, Owed::delay, Owed::success}) {
            const bool went = co_await report_kind(*duty, kind);
            done = done && went;
        }
    }
    if (!done)
        m_parts.spool.report_later(id, report_retry);
}

/// One report about all recipients that are owed this kind. False: to be tried again later.
Task<bool> Relay::report_kind(queue::ReportDuty& duty, Owed kind)
{
    const std::vector<std::uint32_t> about = owed_this(duty.message, kind);
    if (about.empty())
        co_return true;
    auto composed = co_await compose(duty.message, about, kind);
    Outcome<void> taken;
    if (composed) {
        Inbound inbound{.kind = Inbound::Kind::report,
                        .recipient = composed->to,
                        .content = std::move(composed->content),
                        .smtputf8 = composed->smtputf8,
                        .eight_bit = composed->body == queue::BodyType::eight_bit_mime,
                        .with = m_parts.spool.settle(duty, about)}; // one commit: told exactly once
        taken = co_await m_parts.house.take_in(std::move(inbound));
    } else {
        taken = std::unexpected(std::move(composed.error()));
    }
    if (taken) {
        m_parts.spool.reported(duty, about);
        co_return true;
    }
    // A sender whose mailbox stays full as long as mail is kept is not waited for any longer.
    const base::Millis waited = m_parts.clock.now_millis() - last_attempt(duty.message);
    const auto fault = taken.error().fault;
    const bool never = waited > settings()->relay.lifetime.count() || fault == base::Fault::not_found ||
                       fault == base::Fault::refused || fault == base::Fault::invalid;
    base::log(base::Level::warning, "relay", never ? "report can't be returned" : "report has to wait",
              {{"message", queue::to_text(duty.message.id)}, {"cause", taken.error().cause}});
    if (!never)
        co_return false;
    if (kind != Owed::failure) { // a courtesy nobody is there to receive
        const bool settled = co_await settle_report(duty, about);
        co_return settled;
    }
    auto parked =
        co_await m_parts.spool.park(duty, about, "the sender can't be told: " + taken.error().cause);
    co_return parked.has_value();
}

/// Nobody is to be told.
Task<bool> Relay::settle_report(queue::ReportDuty& duty, std::vector<std::uint32_t> about)
{
    storage::Batch batch = m_parts.spool.settle(duty, about);
    auto version = co_await m_parts.engine.commit(std::move(batch));
    if (!version)
        co_return false;
    m_parts.spool.reported(duty, about);
    co_return true;
}

Task<Outcome<queue::Report>> Relay::compose(const queue::QueuedMessage& message,
                                            std::vector<std::uint32_t> about, Owed kind)
{
    const auto current = settings();
    const queue::ReportSettings report_settings{.hostname = current->hostname,
                                                .returned_bytes = current->relay.report_size,
                                                .lifetime = current->relay.lifetime.count()};
    // The header is within the first part of any message that got in.
    const bool whole =
        queue::returned_part(message.envelope, kind, report_settings) == queue::Returned::whole;
    const std::uint64_t wanted =
        whole ? UINT64_MAX : std::max<std::uint64_t>(current->relay.report_size, 64 * 1024);
    auto original = co_await m_parts.engine.read_blob(message.envelope.blob, 0, wanted);
    if (!original)
        co_return base::fail(std::move(original.error()), "reading the message to be returned");
    const base::Millis now = m_parts.clock.now_millis();
    queue::ReportInput input{.message = message,
                             .recipients = std::move(about),
                             .kind = kind,
                             .original = *original,
                             .now = now,
                             .message_id = message::make_message_id(current->hostname, now / 1000)};
    auto report = queue::compose_report(input, report_settings);
    co_return report;
}

} // namespace mansio::relay
