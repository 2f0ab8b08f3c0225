#include "smtpd/commands.h"
#include "smtpd/mechanisms.h"
#include "smtpd/replies.h"
#include "wire/sasl/server.h"
#include "wire/smtp/command.h"

#include <algorithm>

namespace mansio::smtpd {
namespace {

namespace sasl = wire::sasl;
using base::Fault;
using Clock = std::chrono::steady_clock;

/// One AUTH command from its line to its end.
struct Exchange {
    std::unique_ptr<sasl::Server> machine;
    std::optional<directory::Account> verified; ///< by the directory, on the way (PLAIN, LOGIN)
    base::SteadyTime began = Clock::now();
};

/// A line of the exchange: "334 challenge" out, base64 or "*" in. Neither is ever logged. rfc4954#4
Task<Outcome<sasl::Step>> ask_client(Session& session, Exchange& exchange, sasl::Challenge challenge)
{
    session.wire.write("334 " + challenge.base64 + "\r\n");
    session.log.sent_masked("334");
    const net::LineLimit limit{session.limits().max_auth_line};
    auto line = co_await session.wire.read_line(limit, session.command_deadline());
    if (!line && line.error().fault == Fault::too_large)
        co_return sasl::Failed{sasl::FailureKind::too_long, {}, "line of the exchange too long"};
    if (!line)
        co_return std::unexpected(line.error());
    session.log.received_masked("AUTH");
    co_return exchange.machine->respond(line->text);
}

Task<sasl::Step> ask_directory(Session& session, Exchange& exchange, sasl::VerifyPassword question)
{
    auto account = co_await session.server.directory.verify_password(std::move(question.user),
                                                                     std::move(question.password));
    auto answer = sasl::PasswordAnswer::right;
    if (account)
        exchange.verified = std::move(*account);
    else
        answer = account.error().fault == Fault::unauthorized ? sasl::PasswordAnswer::wrong
                                                              : sasl::PasswordAnswer::unavailable;
    co_return exchange.machine->password_checked(answer);
}

template <class T>
sasl::LookUp look_up_result(const Outcome<std::optional<T>>& found)
{
    if (found)
        return found->has_value() ? sasl::LookUp::found : sasl::LookUp::unknown_user;
    const auto fault = found.error().fault;
    return fault == Fault::unauthorized || fault == Fault::not_found ? sasl::LookUp::unknown_user
                                                                     : sasl::LookUp::unavailable;
}

Task<sasl::Step> ask_directory(Session& session, Exchange& exchange, sasl::NeedScramCredentials question)
{
    auto found = co_await session.server.directory.scram_credentials(std::move(question.user));
    const auto result = look_up_result(found);
    base::ScramCredentials credentials;
    if (result == sasl::LookUp::found)
        credentials = {(*found)->salt, (*found)->iterations, (*found)->stored_key, (*found)->server_key};
    co_return exchange.machine->scram_credentials(result, std::move(credentials));
}

Task<sasl::Step> ask_directory(Session& session, Exchange& exchange, sasl::NeedPlainSecret question)
{
    auto found = co_await session.server.directory.recoverable_secret(std::move(question.user));
    const auto result = look_up_result(found);
    const std::string secret = result == sasl::LookUp::found ? **found : std::string();
    co_return exchange.machine->plain_secret(result, secret);
}

/// One question of the machine answered; only the connection can fail.
Task<Outcome<sasl::Step>> next_step(Session& session, Exchange& exchange, sasl::Step step)
{
    if (auto* challenge = std::get_if<sasl::Challenge>(&step)) {
        auto next = co_await ask_client(session, exchange, std::move(*challenge));
        co_return next;
    }
    if (auto* password = std::get_if<sasl::VerifyPassword>(&step)) {
        auto next = co_await ask_directory(session, exchange, std::move(*password));
        co_return next;
    }
    if (auto* scram = std::get_if<sasl::NeedScramCredentials>(&step)) {
        auto next = co_await ask_directory(session, exchange, std::move(*scram));
        co_return next;
    }
    auto next = co_await ask_directory(session, exchange, std::get<sasl::NeedPlainSecret>(std::move(step)));
    co_return next;
}

bool is_end(const sasl::Step& step)
{
    return std::holds_alternative<sasl::Failed>(step) || std::holds_alternative<sasl::Done>(step);
}

/// Wrong passwords, unknown users and disabled accounts: one answer after one time.
Task<void> answer_wrong_login(Session& session, const Exchange& exchange, std::string cause)
{
    session.log.note("login failed", cause, base::Level::warning);
    co_await pause_until({exchange.began + session.limits().login_failure_delay});
    if (++session.login_failures >= session.limits().max_login_failures) {
        session.answer({421, {4, 7, 0}, "Too many failed logins, goodbye"});
        session.close("too many failed logins");
        co_return;
    }
    session.answer({535, {5, 7, 8}, "User name or password is wrong"});
}

Task<void> answer_failure(Session& session, const Exchange& exchange, sasl::Failed failed)
{
    const std::string cause = failed.cause + (failed.user.empty() ? "" : ", user " + failed.user);
    switch (failed.kind) {
    case sasl::FailureKind::bad_credentials:
    case sasl::FailureKind::not_authorized: co_await answer_wrong_login(session, exchange, cause); break;
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

Task<void> finish(Session& session, Exchange& exchange, sasl::Step end)
{
    if (auto* failed = std::get_if<sasl::Failed>(&end)) {
        co_await answer_failure(session, exchange, std::move(*failed));
        co_return;
    }
    if (exchange.verified) {
        enter(session, std::move(*exchange.verified));
        co_return;
    }
    auto account = co_await session.server.directory.authenticated(std::get<sasl::Done>(end).user);
    if (account) {
        enter(session, std::move(*account));
        co_return;
    }
    const auto kind = account.error().fault == Fault::unauthorized ? sasl::FailureKind::bad_credentials
                                                                   : sasl::FailureKind::unavailable;
    co_await answer_failure(session, exchange, {kind, {}, account.error().cause});
}

Task<Outcome<std::unique_ptr<sasl::Server>>> make_machine(Session& session, sasl::Mechanism mechanism)
{
    auto secret = co_await session.server.directory.server_secret();
    if (!secret)
        co_return std::unexpected(secret.error());
    sasl::ServerSetup setup{.binding = channel_binding(session),
                            .hostname = session.settings->server.hostname,
                            .fake_salt_key = std::move(*secret),
                            .fake_iterations = session.settings->accounts.scram_iterations};
    co_return sasl::make_server(mechanism, std::move(setup));
}

Task<void> run_exchange(Session& session, sasl::Mechanism mechanism, std::optional<std::string_view> initial)
{
    auto machine = co_await make_machine(session, mechanism);
    Exchange exchange;
    if (!machine) {
        co_await answer_failure(session, exchange,
                                {sasl::FailureKind::unavailable, {}, machine.error().cause});
        co_return;
    }
    exchange.machine = std::move(*machine);
    sasl::Step step = exchange.machine->start(initial);
    while (!is_end(step)) {
        auto next = co_await next_step(session, exchange, std::move(step));
        if (!next) {
            session.close(next.error());
            co_return;
        }
        step = std::move(*next);
    }
    co_await finish(session, exchange, std::move(step));
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
