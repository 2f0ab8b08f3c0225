#include "pop3d/login.h"

#include <fmt/format.h>

namespace mansio::pop3d {

namespace {

struct Opened {
    std::shared_ptr<mailbox::Account> account;
    mailbox::ViewPtr inbox;
};

Task<Outcome<Opened>> open_inbox(mailbox::Accounts& accounts, base::AccountId id)
{
    auto account = co_await accounts.open(id);
    if (!account)
        co_return base::fail(account.error(), "open account");
    auto list = co_await (*account)->list();
    if (!list)
        co_return base::fail(list.error(), "list mailboxes");
    const auto* inbox = (*list)->find("INBOX");
    if (inbox == nullptr)
        co_return base::fail(base::Fault::corrupt, "the account has no INBOX");
    auto view = co_await (*account)->view(inbox->id);
    if (!view)
        co_return base::fail(view.error(), "open INBOX");
    co_return Opened{*account, *view};
}

} // namespace

Task<void> enter(Session& session, directory::Account user)
{
    auto ticket = session.server.users.admit(user.id, session.limits().max_connections_per_user);
    if (!ticket) {
        session.log.note("too many sessions", user.address);
        session.answer(Reply::err("Too many sessions of this account", ResponseCode::sys_temp));
        co_return;
    }
    auto opened = co_await open_inbox(session.server.accounts, user.id);
    if (!opened) {
        session.answer_trouble(opened.error(), "login");
        co_return;
    }
    session.log.user(user.address);
    session.login.emplace(Login{std::move(user), opened->account, Maildrop(opened->inbox), std::move(*ticket),
                                std::chrono::steady_clock::now()});
    session.stage = Stage::transaction;
    session.user.reset();
    const auto& maildrop = session.maildrop();
    session.answer(Reply::ok(fmt::format("{} messages ({} octets)", maildrop.messages(), maildrop.octets())));
}

Task<void> answer_login_failure(Session& session, base::Failure failure, base::SteadyTime began)
{
    session.user.reset();
    if (failure.fault != base::Fault::unauthorized) {
        session.answer_trouble(failure, "login");
        co_return;
    }
    session.log.note("login failed", failure.cause, base::Level::warning);
    const base::Deadline answer_at{began + session.limits().login_failure_delay};
    if (!answer_at.passed())
        co_await net::sleep_until(answer_at);
    session.answer(Reply::err("Wrong name or password", ResponseCode::auth));
    if (++session.login_failures >= session.limits().max_login_failures)
        session.close("too many login failures");
}

} // namespace mansio::pop3d
