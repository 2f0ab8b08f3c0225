#pragma once
#include "smtpd/session.h"

#include <optional>

namespace mansio::smtpd {

// What DATA and BDAT share: the way from a received message to its reply.

/// After the last byte: refuses the message for its form, or hands it to intake and waits for the commit. The
/// transaction is over either way; the answer (in LMTP one per recipient) is given. `bare`: a CR or LF stood
/// alone in it.
Task<void> finish_message(Session& session, bool bare);

/// For everything that ends a message without intake: one reply, or in LMTP one per accepted recipient.
void answer_all(Session& session, const Reply& reply, std::size_t recipients);

/// Nothing while the message may still be taken.
std::optional<Reply> spoiled_reply(const Transaction& transaction);

/// True when the peer sends on and on although the message is lost: time to close.
bool sends_in_vain(const Session& session);

} // namespace mansio::smtpd
