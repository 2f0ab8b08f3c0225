#pragma once
#include "base/ids.h"
#include "base/time.h"
#include "storage/engine.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::queue {

using base::Millis;
using base::Outcome;
using base::QueueId;
using base::Task;

/// 16 hexadecimal digits: the form shown to people and taken by `mansio queue`.
std::string to_text(QueueId id);
std::optional<QueueId> parse_queue_id(std::string_view text);

/// RET of MAIL: how much of the message a failure report carries. rfc3461#4.3
enum class Ret : std::uint8_t { unset, full, headers };

/// BODY of MAIL. rfc6152#2
enum class BodyType : std::uint8_t { seven_bit, eight_bit_mime };

/// NOTIFY of RCPT; all false when the client gave none (then failures, and delays by our choice, are
/// reported). rfc3461#4.1
struct Notify {
    bool never = false;
    bool success = false;
    bool failure = false;
    bool delay = false;
    bool operator==(const Notify&) const = default;
    bool given() const { return never || success || failure || delay; }
};

/// What MAIL said, and what belongs to the message as a whole. Addresses are without angle brackets, in the
/// sender's spelling.
struct Envelope {
    std::string reverse_path; ///< "" is the null sender: nothing is ever reported to it
    std::string envelope_id;  ///< ENVID as received, still xtext; "" when not given
    Ret ret = Ret::unset;
    BodyType body = BodyType::seven_bit;
    bool smtputf8 = false;    ///< rfc6531: addresses or headers are UTF-8
    bool require_tls = false; ///< rfc8689: never in the clear, never to an unverified host
    std::string trace_id;     ///< the journey its events belong to
    std::string message_id;   ///< of the header, for lists; may be ""
    base::AccountId account;  ///< who submitted it; 0 when it came another way
    Millis arrived = 0;
    Millis expires = 0; ///< 0: arrived + the lifetime setting
    storage::BlobId blob;
    std::uint64_t size = 0; ///< bytes of the blob
};

enum class RecipientState : std::uint8_t {
    waiting, ///< for its next attempt
    held,    ///< by a person; does not age
    parked,  ///< can be neither delivered nor returned; waits for a person
    done,    ///< its outcome is final, only its report is still owed
};
std::string_view name(RecipientState state);

/// A report that has to be made about a recipient.
enum class Owed : std::uint8_t { nothing, failure, delay, success };

/// One remote recipient of one message: a record of its own.
struct Recipient {
    std::uint32_t index = 0;    ///< its place in the message, stable
    std::string forward_path{}; ///< no angle brackets
    Notify notify = {};
    std::string original_recipient{}; ///< ORCPT as received ("rfc822;a+2Bb@x.example"); "" when not given
    std::string route{};              ///< "host", "host:port" or "[address]:port": overrides smarthost and MX

    RecipientState state = RecipientState::waiting;
    Owed owed = Owed::nothing;
    bool delay_reported = false;
    std::uint32_t attempts = 0;
    Millis next_attempt = 0; ///< 0: at once
    Millis last_attempt = 0;
    Millis first_failed = 0;
    int last_code = 0;         ///< reply code, or 0 when no reply was had
    std::string last_status{}; ///< "4.4.1", rfc3463; ours when the remote gave none
    std::string last_reply{};  ///< the remote's words or our reason, untrusted, at most 1 KiB
    bool expired = false;      ///< failed because its lifetime is over, not because of what was said last
    std::string parked_because{};
    std::string session{};     ///< of the last attempt; not stored
    std::string last_remote{}; ///< "mx.example [192.0.2.1]"; "" when nobody was reached
};

/// A message as it lies in the spool.
struct QueuedMessage {
    QueueId id;
    Envelope envelope;
    std::vector<Recipient> recipients; ///< those still in the queue, by index
};

/// A message on its way into the spool: state fields of its recipients are ignored.
struct NewMessage {
    QueueId id; ///< of Spool::reserve()
    Envelope envelope;
    std::vector<Recipient> recipients; ///< at least one; index is set by enqueue()
    /// The bytes of envelope.blob. When null the blob is in the store already (or put by another part of the
    /// same batch before), and only a reference is added.
    storage::Content content;
};

} // namespace mansio::queue
