#include "base/text.h"
#include "imapd/commands.h"
#include "imapd/log_in.h"
#include "imapd/read_command.h"
#include "imapd/sync.h"

#include <algorithm>

namespace mansio::imapd {
namespace {

/// Waits for the client's line, telling what happens meanwhile. False when the connection ended.
Task<bool> watch(Session& session, base::Signal& changed)
{
    const auto begin = std::chrono::steady_clock::now();
    const auto until = begin + session.settings->idle_timeout;
    auto sign_of_life = begin + session.settings->idle_notify;
    while (session.state != State::logout) {
        co_await sync(session, Expunges::announce);
        if (session.state == State::logout) // the mailbox is gone
            break;
        const base::Deadline next{std::min({until, sign_of_life, session.next_check})};
        const auto woken = co_await session.channel.wait_input_or(changed, next);
        if (woken == net::Woken::readable)
            co_return true;
        if (woken == net::Woken::closed) {
            say_goodbye(session, {base::Fault::closed, "in IDLE"});
            break;
        }
        const auto now = std::chrono::steady_clock::now();
        if (now >= until)
            session.bye("", "idle for too long", "idle too long");
        else if (now >= sign_of_life) {
            session.untagged({imap::Condition::ok, "", "still here"});
            sign_of_life = now + session.settings->idle_notify;
        }
        co_await check_account(session);
    }
    co_return false;
}

} // namespace

/// rfc9051#6.3.13. What the client pipelines behind DONE stays in the channel for the next commands. iOS
/// pipelines commands without DONE: the IDLE ends as wrong, and the line is the next command.
Task<Reply> idle(Session& session, imap::Idle)
{
    session.go_ahead("idling");
    base::Signal nothing; // without a mailbox there is nothing to tell
    base::Signal& changed = session.selected ? session.selected->changed : nothing;
    const bool readable = co_await watch(session, changed);
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
