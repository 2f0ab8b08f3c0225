#pragma once
#include "queue/envelope.h"

#include <optional>
#include <string>
#include <string_view>

namespace mansio::queue::layout {

// Keys of the queue, all beginning with 'q'. Numbers big-endian, so that a scan is in order of arrival.
//
//   key                      value
//   qm <id:8>                message: version, envelope (one per queued message, references its blob once)
//   qr <id:8> <index:4>      recipient: version, state and history (one per recipient still in the queue)
//
// A message without recipients, or a recipient without a message, never survives a commit: both are written
// and erased in the same batch. The message's record holds one reference to its blob.

std::string message_key(QueueId id);
std::string recipient_key(QueueId id, std::uint32_t index);
/// All messages, all recipients, the recipients of one.
storage::Range messages(QueueId after = {});
storage::Range recipients();
storage::Range recipients_of(QueueId id);

QueueId id_in(std::string_view key);

std::string encode(const Envelope& envelope);
std::string encode(const Recipient& recipient);
/// Nothing when the bytes are not ours: stored bytes are untrusted.
std::optional<Envelope> decode_envelope(std::string_view value);
std::optional<Recipient> decode_recipient(std::string_view key, std::string_view value);

} // namespace mansio::queue::layout
