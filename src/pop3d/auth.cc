#include "pop3d/commands.h"
#include "pop3d/login.h"
#include "pop3d/mechanisms.h"
#include "wire/sasl/server.h"

#include <algorithm>

namespace mansio::pop3d {

namespace {

namespace sasl = wire::sasl;
using base::Fault;

/// How an exchange ended: an account, or the reason.
struct Exchange {
    std::unique_ptr<sasl::Server> machine;
    std::optional<directory::Account> verified; ///< by the directory, on the way (PLAIN, LOGIN)
};

// The old way to ask: AUTH alone lists the mechanisms, as CAPA does in its SASL line.
void list_mechanisms(Session& session)
{
    session.answer(Reply::ok("These mechanisms"));
    for (const auto mechanism : offered_mechanisms(session))
        session.wire.write(std::string(name(mechanism)) + "\r\n");
    session.wire.write(wire::pop3::end_of_lines);
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

// A line of the exchange: "+ challenge" out, base64 or "*" in, rfc5034#4. Neither is ever logged.
Task<Outcome<sasl::Step>> ask_client(Session& session, sasl::Server& machine, std::string challenge)
{
    session.wire.write("+ " + challenge + "\r\n");
    session.log.sent_masked("+");
    const net::LineLimit limit{session.limits().max_auth_line};
    auto line = co_await session.wire.read_line(limit, session.login_deadline);
    if (!line && line.error().fault == Fault::too_large)
        co_return sasl::Failed{sasl::FailureKind::too_long, {}, "line of the exchange too long"};
    if (!line)
        co_return std::unexpected(line.error());
    session.log.received_masked("AUTH");
    co_return machine.respond(line->text);
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

// One question of the machine answered; only the connection can fail.
Task<Outcome<sasl::Step>> next_step(Session& session, Exchange& exchange, sasl::Step step)
{
    if (auto* challenge = std::get_if<sasl::Challenge>(&step)) {
        auto next = co_await ask_client(session, *exchange.machine, std::move(challenge->base64));
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

Task<void> finish(Session& session, Exchange& exchange, sasl::Step end, base::SteadyTime began)
{
    if (auto* failed = std::get_if<sasl::Failed>(&end)) {
        co_await answer_failure(session, std::move(*failed), began);
        co_return;
    }
    if (exchange.verified) {
        co_await enter(session, std::move(*exchange.verified));
        co_return;
    }
    auto account = co_await session.server.directory.authenticated(std::get<sasl::Done>(end).user);
    if (account)
        co_await enter(session, std::move(*account));
    else
        co_await answer_login_failure(session, account.error(), began);
}

Task<Outcome<void>> exchange_with(Session& session, sasl::Mechanism mechanism,
                                  std::optional<std::string> initial)
{
    const auto began = std::chrono::steady_clock::now();
    auto machine = co_await make_machine(session, mechanism);
    if (!machine) {
        session.answer_trouble(machine.error(), "AUTH");
        co_return Outcome<void>{};
    }
    Exchange exchange{std::move(*machine), {}};
    sasl::Step step =
        exchange.machine->start(initial ? std::optional<std::string_view>(*initial) : std::nullopt);
    while (!is_end(step)) {
        auto next = co_await next_step(session, exchange, std::move(step));
        if (!next)
            co_return std::unexpected(next.error());
        step = std::move(*next);
    }
    co_await finish(session, exchange, std::move(step), began);
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
    const auto offered = offered_mechanisms(session);
    if (!mechanism || std::ranges::find(offered, *mechanism) == offered.end()) {
        session.refuse("This mechanism is not offered");
        co_return Outcome<void>{};
    }
    auto done = co_await exchange_with(session, *mechanism, std::move(command->initial_response));
    co_return done;
}

} // namespace mansio::pop3d
