#include "login/exchange.h"
#include "pop3d/commands.h"
#include "pop3d/login.h"

#include <algorithm>

namespace mansio::pop3d {

namespace {

namespace sasl = wire::sasl;
using base::Fault;

/// A line of the exchange: "+ challenge" out, base64 or "*" in, rfc5034#4. Neither is ever logged.
class AuthLine final : public login::ClientLine {
public:
    explicit AuthLine(Session& session)
        : m_session(session)
    {
    }
    Task<Outcome<std::string>> ask(std::string challenge) override
    {
        m_session.wire.write("+ " + challenge + "\r\n");
        m_session.log.sent_masked("+");
        const net::LineLimit limit{m_session.limits().max_auth_line};
        auto line = co_await m_session.wire.read_line(limit, m_session.login_deadline);
        if (!line)
            co_return std::unexpected(line.error());
        m_session.log.received_masked("AUTH");
        co_return std::move(line->text);
    }

private:
    Session& m_session;
};

// The old way to ask: AUTH alone lists the mechanisms, as CAPA does in its SASL line.
void list_mechanisms(Session& session)
{
    session.answer(Reply::ok("These mechanisms"));
    for (const auto mechanism : session.offered_mechanisms())
        session.wire.write(std::string(name(mechanism)) + "\r\n");
    session.wire.write(wire::pop3::end_of_lines);
}

// What a failed exchange is to the session: a wrong login, trouble of ours, or a client's mistake.
Task<void> answer_failure(Session& session, sasl::Failed failed, base::SteadyTime began)
{
    const std::string cause = failed.cause + (failed.user.empty() ? "" : ", user " + failed.user);
    switch (failed.kind) {
    case sasl::FailureKind::bad_credentials:
    case sasl::FailureKind::not_authorized:
        co_await answer_login_failure(session, {Fault::unauthorized, cause}, began);
        break;
    case sasl::FailureKind::unavailable:
        co_await answer_login_failure(session, {Fault::temporary, cause}, began);
        break;
    case sasl::FailureKind::aborted: session.refuse("Cancelled"); break;
    case sasl::FailureKind::too_long: session.refuse("The line is too long"); break;
    case sasl::FailureKind::malformed: session.refuse("This is not what the mechanism wants"); break;
    }
}

Task<Outcome<void>> run_exchange(Session& session, sasl::Mechanism mechanism,
                                 std::optional<std::string_view> initial)
{
    const auto began = std::chrono::steady_clock::now();
    AuthLine line(session);
    auto verdict = co_await login::run_exchange({.directory = session.server.directory,
                                                 .accounts = session.settings->accounts,
                                                 .tls = session.wire.stream().tls(),
                                                 .hostname = session.settings->server.hostname},
                                                mechanism, initial, line);
    if (!verdict)
        co_return std::unexpected(verdict.error());
    if (*verdict)
        co_await enter(session, std::move(**verdict));
    else
        co_await answer_failure(session, std::move(verdict->error()), began);
    co_return Outcome<void>{};
}

} // namespace

// AUTH mechanism [initial-response], rfc5034#4.
Task<Outcome<void>> auth(Session& session, std::string_view arguments)
{
    auto command = wire::pop3::parse_auth(arguments);
    if (!command) {
        session.refuse(command.error().text);
        co_return Outcome<void>{};
    }
    if (command->mechanism.empty()) {
        list_mechanisms(session);
        co_return Outcome<void>{};
    }
    const auto mechanism = sasl::find_mechanism(command->mechanism);
    const auto offered = session.offered_mechanisms();
    if (!mechanism || std::ranges::find(offered, *mechanism) == offered.end()) {
        session.refuse("This mechanism is not offered");
        co_return Outcome<void>{};
    }
    auto done = co_await run_exchange(session, *mechanism, command->initial_response);
    co_return done;
}

} // namespace mansio::pop3d
