#include "imapd/capability.h"
#include "imapd/commands.h"
#include "imapd/log_in.h"

namespace mansio::imapd {

Task<void> check_account(Session& session)
{
    const auto now = std::chrono::steady_clock::now();
    if (!session.user || now < session.next_check)
        co_return;
    session.next_check = now + session.imapd.account_check_every;
    auto account = co_await session.imapd.directory.find_account(session.user->who.id);
    if (!account)
        co_return; // no answer is no reason
    if (!*account || (*account)->state != directory::AccountState::active)
        session.bye("UNAVAILABLE", "the account is closed", "account closed");
}

Task<Reply> welcome(Session& session, directory::Account account)
{
    auto place = session.imapd.users.admit(account.id, session.settings->max_connections_per_user);
    if (!place)
        co_return reply::no("LIMIT", "too many connections of this account");
    auto opened = co_await session.imapd.accounts.open(account.id);
    if (!opened)
        co_return session.refuse(opened.error(), "open account");
    session.log.user(account.address);
    session.user = std::make_unique<User>(User{std::move(*opened), std::move(account), std::move(*place)});
    session.state = State::authenticated;
    session.errors = 0;
    session.next_check = std::chrono::steady_clock::now() + session.imapd.account_check_every;
    co_return reply::ok("CAPABILITY " + capabilities(session), "logged in");
}

Task<Reply> turn_away(Session& session, std::string_view user, Reply reply)
{
    session.log.note("login failed", user, base::Level::warning);
    if (!session.imapd.lab && session.settings->login_failure_delay.count() > 0) {
        const bool open = co_await flush(session);
        if (open)
            co_await net::sleep_until(base::Deadline::after(session.settings->login_failure_delay));
    }
    if (++session.login_failures >= session.settings->max_login_failures) {
        session.answer(reply);
        session.bye("", "too many failed logins", "too many failed logins");
    }
    co_return reply;
}

/// rfc9051#6.2.3
Task<Reply> login(Session& session, imap::Login command)
{
    if (!session.may_send_password())
        co_return reply::no("PRIVACYREQUIRED", "not without TLS");
    auto account =
        co_await session.imapd.directory.verify_password(command.user, std::move(command.password));
    if (account) {
        auto reply = co_await welcome(session, std::move(*account));
        co_return reply;
    }
    auto reply = session.refuse(account.error(), "login");
    if (account.error().fault != base::Fault::unauthorized)
        co_return reply;
    reply = co_await turn_away(session, command.user, std::move(reply));
    co_return reply;
}

} // namespace mansio::imapd
