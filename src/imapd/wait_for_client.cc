#include "imapd/wait_for_client.h"

#include "imapd/log_in.h"
#include "imapd/notification.h"
#include "imapd/read_command.h"
#include "imapd/sync.h"

#include <algorithm>

namespace mansio::imapd {
namespace {

/// With NOTIFY it says what is told, in IDLE too: rfc5465#4
Task<void> tell(Session& session)
{
    if (session.notification)
        co_await session.notification->tell();
    else
        co_await sync(session, Expunges::announce);
}

base::Signal& signal_of(Session& session, base::Signal& nothing)
{
    if (session.notification)
        return session.notification->changed();
    return session.selected ? session.selected->changed : nothing;
}

} // namespace

Task<bool> wait_for_client(Session& session, SignsOfLife signs)
{
    base::Signal nothing; // without a mailbox there is nothing to tell
    base::Signal& changed = signal_of(session, nothing);
    const auto begin = std::chrono::steady_clock::now();
    const auto until = begin + session.settings->idle_timeout;
    auto sign_of_life = signs == SignsOfLife::now_and_then ? begin + session.settings->idle_notify : until;
    while (session.state != State::logout) {
        co_await tell(session);
        if (session.state == State::logout) // the mailbox is gone
            break;
        const base::Deadline next{std::min({until, sign_of_life, session.next_check})};
        const auto woken = co_await session.channel.wait_input_or(changed, next);
        if (woken == net::Woken::readable)
            co_return true;
        if (woken == net::Woken::closed) {
            say_goodbye(session, {base::Fault::closed, "while waiting"});
            break;
        }
        const auto now = std::chrono::steady_clock::now();
        if (now >= until) {
            session.bye("", "idle for too long", "idle too long");
        } else if (now >= sign_of_life) {
            session.untagged({imap::Condition::ok, "", "still here"});
            sign_of_life = now + session.settings->idle_notify;
        }
        co_await check_account(session);
    }
    co_return false;
}

} // namespace mansio::imapd
