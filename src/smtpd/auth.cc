#include "login/exchange.h"
#include "smtpd/commands.h"
#include "smtpd/mechanisms.h"
#include "smtpd/replies.h"
#include "wire/smtp/command.h"

#include <algorithm>

namespace mansio::smtpd {
namespace {

namespace sasl = wire::sasl;

/// A line of the exchange: "334 challenge" out, base64 or "*" in. Neither is ever logged. rfc4954#4
class AuthLine final : public login::ClientLine {
public:
    explicit AuthLine(Session& session)
        : m_session(session)
    {
    }
    Task<Outcome<std::string>> ask(std::string challenge) override
    {
        m_session.wire.write("334 " + challenge + "\r\n");
        m_session.log.sent_masked("334");
        const net::LineLimit limit{m_session.limits().max_auth_line};
        auto line = co_await m_session.wire.read_line(limit, m_session.command_deadline());
        if (!line)
            co_return std::unexpected(line.error());
        m_session.log.received_masked("AUTH");
        co_return std::move(line->text);
    }

private:
    Session& m_session;
};

/// Wrong passwords, unknown users and disabled accounts: one answer after one time.
Task<void> answer_wrong_login(Session& session, base::SteadyTime began, std::string cause)
{
    session.log.note("login failed", cause, base::Level::warning);
    co_await pause_until({began + session.limits().login_failure_delay});
    if (++session.login_failures >= session.limits().max_login_failures) {
        session.answer({421, {4, 7, 0}, "Too many failed logins, goodbye"});
        session.close("too many failed logins");
        co_return;
    }
    session.answer({535, {5, 7, 8}, "User name or password is wrong"});
}

Task<void> answer_failure(Session& session, base::SteadyTime began, sasl::Failed failed)
{
    const std::string cause = failed.cause + (failed.user.empty() ? "" : ", user " + failed.user);
    switch (failed.kind) {
    case sasl::FailureKind::bad_credentials:
    case sasl::FailureKind::not_authorized: co_await answer_wrong_login(session, began, cause); break;
    case sasl::FailureKind::unavailable:
        session.log.error("login: " + cause);
        session.answer({454, {4, 7, 0}, "Logins can't be checked now, try again later"});
        break;
    case sasl::FailureKind::aborted: session.answer({501, {5, 7, 0}, "Cancelled"}); break;
    case sasl::FailureKind::too_long: co_await refuse(session, reply::line_too_long()); break;
    case sasl::FailureKind::malformed:
        session.log.note("login malformed", cause);
        co_await refuse(session, {501, {5, 5, 2}, "This is not what the mechanism wants"});
        break;
    }
}

void enter(Session& session, directory::Account account)
{
    session.log.user(account.address);
    session.account = std::move(account);
    session.answer({235, {2, 7, 0}, "Authenticated"});
}

Task<void> run_exchange(Session& session, sasl::Mechanism mechanism, std::optional<std::string_view> initial)
{
    const auto began = std::chrono::steady_clock::now();
    AuthLine line(session);
    auto verdict = co_await login::run_exchange({.directory = session.server.directory,
                                                 .accounts = session.settings->accounts,
                                                 .tls = session.wire.stream().tls(),
                                                 .hostname = session.settings->server.hostname},
                                                mechanism, initial, line);
    if (!verdict)
        session.close(verdict.error());
    else if (*verdict)
        enter(session, std::move(**verdict));
    else
        co_await answer_failure(session, began, std::move(verdict->error()));
}

std::optional<Reply> refuse_now(const Session& session)
{
    if (session.account)
        return reply::bad_sequence("You are authenticated already"); // rfc4954#4
    if (session.transaction)
        return reply::bad_sequence("Not within a transaction");
    if (offered_mechanisms(session).empty() && session.tls_offered())
        return Reply{538, {5, 7, 11}, "Say STARTTLS first"};
    return std::nullopt;
}

} // namespace

// rfc4954#4
Task<void> auth(Session& session, std::string_view args)
{
    if (auto refused = refuse_now(session)) {
        co_await refuse(session, std::move(*refused));
        co_return;
    }
    const auto command = wire::smtp::parse_auth(args);
    if (!command) {
        co_await refuse(session, {501, {5, 5, 4}, "Syntax: AUTH mechanism [initial-response]"});
        co_return;
    }
    const auto mechanism = sasl::find_mechanism(command->mechanism);
    const auto offered = offered_mechanisms(session);
    if (!mechanism || std::ranges::find(offered, *mechanism) == offered.end()) {
        co_await refuse(session, {504, {5, 5, 4}, "This mechanism is not offered"});
        co_return;
    }
    co_await run_exchange(session, *mechanism, command->initial_response);
}

} // namespace mansio::smtpd
