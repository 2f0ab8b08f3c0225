#include "base/text.h"
#include "imapd/commands.h"
#include "imapd/read_command.h"
#include "imapd/wait_for_client.h"

namespace mansio::imapd {

/// rfc9051#6.3.13. What the client pipelines behind DONE stays in the channel for the next commands. iOS
/// pipelines commands without DONE: the IDLE ends as wrong, and the line is the next command.
Task<Reply> idle(Session& session, imap::Idle)
{
    session.go_ahead("idling");
    const bool readable = co_await wait_for_client(session, SignsOfLife::now_and_then);
    if (!readable)
        co_return Reply{};
    auto line = co_await read_line(session, session.settings->max_line, session.literal_deadline());
    if (!line)
        co_return Reply{};
    if (!base::equal_icase(base::trim(*line), "DONE")) {
        session.unread_line = std::move(*line);
        co_return reply::bad("DONE was expected");
    }
    co_return reply::ok("no longer idle");
}

} // namespace mansio::imapd
