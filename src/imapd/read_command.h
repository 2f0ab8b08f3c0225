#pragma once
#include "imapd/session.h"

#include <string>

namespace mansio::imapd {

/// What came from the client in place of a command.
struct Received {
    enum class What : std::uint8_t {
        command, ///< `bytes` is one, ready for parse_command()
        refused, ///< over a cap or broken: answer `tag` with `refusal`, then go on
        ended,   ///< nothing more will come: `failure` says why
    };
    What what = What::command;
    std::string bytes;
    std::string tag;
    Reply refusal;
    base::Failure failure;
};

/// Reads one command with its literals, asking for each ("+ ") after the caps allow it. For an APPEND it
/// stops at the head of the message, which append() reads. What it refuses it consumes: after `refused` the
/// next command follows, unless the session ended.
Task<Received> read_command(Session& session);

/// A line from the client inside a command (SASL, DONE): nothing when the connection ended, which the session
/// then knows.
Task<std::optional<std::string>> read_line(Session& session, std::size_t max, base::Deadline deadline);

/// Reads and drops `size` bytes that come unasked, then the rest of their command. Too many end the session.
Task<void> discard_literal(Session& session, std::uint64_t size);

/// Says goodbye in the way the failure asks for.
void say_goodbye(Session& session, const base::Failure& failure);

/// Limits and spelling for parse_command().
imap::ParseOptions parse_options(const Session& session);

} // namespace mansio::imapd
