#pragma once
#include "imapd/session.h"

#include <expected>
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

/// Reads one command with its literals, asking for each ("+ ") after the caps allow it. For an APPEND or
/// REPLACE it stops at the head of the first message, which AppendReader reads. What it refuses it consumes:
/// after `refused` the next command follows, unless the session ended.
Task<Received> read_command(Session& session);

/// How an APPEND goes on behind a message literal, as far as the next one; `behind` is AppendStep::inside of
/// the step before. A reply when it is wrong, with what was left of the command dropped, or when the
/// connection ended, which the session then knows.
Task<std::expected<imap::AppendStep, Reply>> read_append_step(Session& session,
                                                              imap::AppendStep::Inside behind);

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
