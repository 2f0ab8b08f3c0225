#pragma once
#include "imapd/session.h"

namespace mansio::imapd {

enum class Expunges : std::uint8_t { announce, hold };

/// A STORE of this session that sync() need not repeat to the client: rfc9051#6.4.6 .SILENT
struct OwnStore {
    const mailbox::FlagChange& change;
    const mailbox::Stored& stored;
};

/// Tells the client what happened to its mailbox since it was last told: expunges (where they may be
/// announced), EXISTS, flags; `shown` moves on. Costs nothing when the mailbox did not change. A mailbox that
/// was deleted ends the session with BYE.
Task<void> sync(Session& session, Expunges expunges);
Task<void> sync(Session& session, Expunges expunges, OwnStore silent);

/// "* OK [HIGHESTMODSEQ n]": where a client that loses its connection now has to resynchronise from.
void write_told_modseq(Session& session);

/// "* n FETCH (UID u FLAGS (...) MODSEQ (m))": UID and MODSEQ as far as this client wants to see them.
void write_flags_update(Session& session, std::size_t index);
/// "(\Seen $Forwarded)"
void write_message_flags(std::string& out, const mailbox::View& view, const mailbox::Message& message);

} // namespace mansio::imapd
