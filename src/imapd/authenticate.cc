#include "imapd/capability.h"
#include "imapd/commands.h"
#include "imapd/log_in.h"
#include "imapd/read_command.h"
#include "login/exchange.h"

#include <algorithm>

namespace mansio::imapd {
namespace {

namespace sasl = wire::sasl;

/// A line of the exchange: "+ challenge" out, base64 or "*" in. When the connection ends the session knows.
class AuthenticateLine final : public login::ClientLine {
public:
    explicit AuthenticateLine(Session& session)
        : m_session(session)
    {
    }
    Task<Outcome<std::string>> ask(std::string challenge) override
    {
        m_session.go_ahead(challenge);
        auto line = co_await read_line(m_session, sasl::max_line, base::Deadline{m_session.login_by});
        if (!line)
            co_return base::fail(base::Fault::closed, "the connection ended inside AUTHENTICATE");
        co_return std::move(*line);
    }

private:
    Session& m_session;
};

Reply words(sasl::FailureKind kind)
{
    switch (kind) {
    case sasl::FailureKind::malformed: return reply::bad("not what the mechanism wants");
    case sasl::FailureKind::too_long: return reply::bad("response too long");
    case sasl::FailureKind::aborted: return reply::bad("cancelled");
    case sasl::FailureKind::bad_credentials: return reply::from(base::Fault::unauthorized);
    case sasl::FailureKind::not_authorized: return reply::no("AUTHORIZATIONFAILED", "not as that user");
    case sasl::FailureKind::unavailable: return reply::from(base::Fault::temporary);
    }
    return reply::from(base::Fault::temporary);
}

Task<Reply> failed(Session& session, sasl::Failed why)
{
    if (why.kind == sasl::FailureKind::unavailable)
        session.log.error("authenticate: " + why.cause);
    else
        session.log.note("authentication failed", why.cause, base::Level::debug);
    auto reply = words(why.kind);
    const bool guessed =
        why.kind == sasl::FailureKind::bad_credentials || why.kind == sasl::FailureKind::not_authorized;
    if (guessed)
        reply = co_await turn_away(session, why.user, std::move(reply));
    co_return reply;
}

} // namespace

/// rfc9051#6.2.2, rfc4959
Task<Reply> authenticate(Session& session, imap::Authenticate command)
{
    const auto mechanism = sasl::find_mechanism(command.mechanism);
    const auto offered = offered_mechanisms(session);
    if (!mechanism || std::ranges::find(offered, *mechanism) == offered.end())
        co_return session.may_send_password() ? reply::no("", "no such mechanism")
                                              : reply::no("PRIVACYREQUIRED", "not without TLS");
    std::optional<std::string_view> initial;
    if (command.initial_response)
        initial = *command.initial_response;
    AuthenticateLine line(session);
    auto verdict = co_await login::run_exchange({.directory = session.imapd.directory,
                                                 .accounts = session.imapd.login_settings,
                                                 .tls = session.channel.stream().tls(),
                                                 .hostname = session.imapd.hostname},
                                                *mechanism, initial, line);
    if (!verdict)
        co_return Reply{};
    if (!*verdict) {
        auto reply = co_await failed(session, std::move(verdict->error()));
        co_return reply;
    }
    auto reply = co_await welcome(session, std::move(**verdict));
    co_return reply;
}

} // namespace mansio::imapd
