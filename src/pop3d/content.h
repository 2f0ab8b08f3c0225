#pragma once
#include "pop3d/session.h"

#include <cstdint>
#include <optional>

namespace mansio::pop3d {

/// Answers RETR (`lines` empty: everything) and TOP. Reads the message in pieces and flushes as it goes. A
/// failure is the connection's, or a store that failed in the middle of a message, where no answer is left
/// but to hang up.
Task<Outcome<void>> send_message(Session& session, std::uint32_t number, std::optional<std::uint64_t> lines);

} // namespace mansio::pop3d
