#include "relay/journal.h"

#include "queue/dsn.h"

namespace mansio::relay {
namespace {

using queue::Happened;
using trace::Stage;

Stage stage_of(Happened happened, bool report_owed)
{
    switch (happened) {
    case Happened::deferred: return Stage::attempt;
    case Happened::delivered: return Stage::relayed;
    case Happened::failed: return report_owed ? Stage::attempt : Stage::discarded;
    case Happened::returned: return Stage::bounced;
    case Happened::parked: return Stage::parked;
    case Happened::held: return Stage::held;
    case Happened::released: return Stage::queued;
    case Happened::removed: return Stage::discarded;
    }
    return Stage::attempt;
}

std::string detail_of(const queue::Recipient& recipient, Happened happened, bool report_owed)
{
    std::string words = recipient.last_remote.empty() ? "" : recipient.last_remote + ": ";
    words += recipient.last_reply;
    switch (happened) {
    case Happened::held: return "held by the administrator";
    case Happened::released:
        return recipient.route.empty() ? "to be tried again at once"
                                       : "to be tried at once over " + recipient.route;
    case Happened::removed: return "deleted by the administrator";
    case Happened::parked:
        return recipient.parked_because.empty() ? words : recipient.parked_because + "; " + words;
    case Happened::failed: return report_owed ? words : "failed, and no report is wanted; " + words;
    case Happened::deferred:
    case Happened::delivered:
    case Happened::returned: break;
    }
    return words;
}

} // namespace

queue::Witness journey_witness(trace::Recorder& recorder)
{
    return [&recorder](storage::Batch& batch, const queue::QueuedMessage& message,
                       const queue::Recipient& recipient, Happened happened) {
        const queue::Envelope& envelope = message.envelope;
        if (envelope.trace_id.empty())
            return;
        const bool owed = queue::wants_report(envelope, recipient, queue::Owed::failure);
        trace::JourneyEvent event;
        event.trace_id = envelope.trace_id;
        event.stage = stage_of(happened, owed);
        event.sender = envelope.reverse_path;
        event.recipient = recipient.forward_path;
        std::string_view message_id = envelope.message_id;
        if (message_id.starts_with('<') && message_id.ends_with('>'))
            message_id = message_id.substr(1, message_id.size() - 2);
        event.message_id = message_id;
        event.session = recipient.session;
        event.detail = detail_of(recipient, happened, owed);
        recorder.add_journey(batch, event);
    };
}

} // namespace mansio::relay
