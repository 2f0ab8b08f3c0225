#pragma once
#include "base/time.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace mansio::trace {

/// A step of a message. The numbers are stored: never reorder.
enum class Stage : std::uint8_t {
    received = 1, ///< accepted and durable; one event per message
    delivered,    ///< in a local mailbox; one per recipient
    queued,       ///< waiting for the relay; one per recipient
    attempt,      ///< tried and to be tried again; detail: the remote's reply or the cause
    relayed,      ///< taken by the next server; detail: its name and reply
    bounced,      ///< failed for good, the sender was told
    parked,       ///< can be neither delivered nor returned: kept for the administrator
    held,         ///< stopped by the administrator
    discarded,    ///< dropped by the administrator or a rule, named in detail
};
std::string_view name(Stage stage);

/// What happened to one message, or to one recipient of it. Empty texts are unknown or don't apply.
struct JourneyEvent {
    base::Millis time = 0;
    std::string trace_id{}; ///< new_trace_id(), made at intake; the queue keeps it with its entry
    Stage stage = Stage::received;
    std::string sender{};     ///< reverse path, without angle brackets; "" also for the null path
    std::string recipient{};  ///< the address of the envelope
    std::string message_id{}; ///< the header's, without angle brackets
    std::string account{};    ///< delivered: the address of the account
    std::string session{};    ///< SessionLog::id() of the session that did it
    std::string detail{};     ///< a remote's reply, a cause, a mailbox and UID
};

/// 14 characters of [0-9a-z]: the time in milliseconds, then chance. Sorts by time, which is how old
/// journeys are found: make trace ids with nothing else. Thread-safe.
std::string new_trace_id(base::Millis now);

} // namespace mansio::trace
