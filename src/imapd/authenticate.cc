#include "imapd/capability.h"
#include "imapd/commands.h"
#include "imapd/log_in.h"
#include "imapd/read_command.h"
#include "wire/sasl/server.h"

namespace mansio::imapd {
namespace {

namespace sasl = wire::sasl;

sasl::ServerSetup setup(const Session& session, std::string secret)
{
    sasl::ServerSetup out;
    if (const auto* facts = session.channel.stream().tls()) {
        out.binding.tls_exporter = facts->tls_exporter;
        out.binding.tls_server_end_point = facts->tls_server_end_point;
    }
    out.hostname = session.imapd.hostname;
    out.fake_salt_key = std::move(secret);
    return out;
}

/// What the exchange asks of the directory, or of the client. Nothing when the connection ended.
class Exchange {
public:
    Exchange(Session& session, sasl::Server& server)
        : m_session(session)
        , m_server(server)
    {
    }

    Task<std::optional<sasl::Step>> next(sasl::Step step)
    {
        if (auto* challenge = std::get_if<sasl::Challenge>(&step))
            return ask_client(std::move(*challenge));
        if (auto* verify = std::get_if<sasl::VerifyPassword>(&step))
            return check_password(std::move(*verify));
        if (auto* need = std::get_if<sasl::NeedScramCredentials>(&step))
            return find_credentials(std::move(*need));
        return find_secret(std::move(std::get<sasl::NeedPlainSecret>(step)));
    }

    std::optional<directory::Account> account; ///< once a password was checked

private:
    Task<std::optional<sasl::Step>> ask_client(sasl::Challenge challenge)
    {
        m_session.go_ahead(challenge.base64);
        auto line = co_await read_line(m_session, sasl::max_line, base::Deadline{m_session.login_by});
        if (!line)
            co_return std::nullopt;
        co_return m_server.respond(*line);
    }

    Task<std::optional<sasl::Step>> check_password(sasl::VerifyPassword question)
    {
        auto found = co_await m_session.imapd.directory.verify_password(std::move(question.user),
                                                                        std::move(question.password));
        if (found) {
            account = std::move(*found);
            co_return m_server.password_checked(sasl::PasswordAnswer::right);
        }
        const bool wrong = found.error().fault == base::Fault::unauthorized;
        m_session.refuse(found.error(), "authenticate");
        co_return m_server.password_checked(wrong ? sasl::PasswordAnswer::wrong
                                                  : sasl::PasswordAnswer::unavailable);
    }

    Task<std::optional<sasl::Step>> find_credentials(sasl::NeedScramCredentials question)
    {
        auto found = co_await m_session.imapd.directory.scram_credentials(std::move(question.user));
        if (!found) {
            m_session.refuse(found.error(), "scram credentials");
            co_return m_server.scram_credentials(sasl::LookUp::unavailable);
        }
        if (!*found)
            co_return m_server.scram_credentials(sasl::LookUp::unknown_user);
        base::ScramCredentials credentials{.salt = std::move((*found)->salt),
                                           .iterations = (*found)->iterations,
                                           .stored_key = std::move((*found)->stored_key),
                                           .server_key = std::move((*found)->server_key)};
        co_return m_server.scram_credentials(sasl::LookUp::found, std::move(credentials));
    }

    Task<std::optional<sasl::Step>> find_secret(sasl::NeedPlainSecret question)
    {
        auto found = co_await m_session.imapd.directory.recoverable_secret(std::move(question.user));
        if (!found) {
            m_session.refuse(found.error(), "secret");
            co_return m_server.plain_secret(sasl::LookUp::unavailable);
        }
        if (!*found)
            co_return m_server.plain_secret(sasl::LookUp::unknown_user);
        co_return m_server.plain_secret(sasl::LookUp::found, **found);
    }

    Session& m_session;
    sasl::Server& m_server;
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
    session.log.note("authentication failed", why.cause, base::Level::debug);
    auto reply = words(why.kind);
    const bool guessed =
        why.kind == sasl::FailureKind::bad_credentials || why.kind == sasl::FailureKind::not_authorized;
    if (guessed)
        reply = co_await turn_away(session, why.user, std::move(reply));
    co_return reply;
}

/// The exchange is over and the user proved who they are.
Task<Reply> succeeded(Session& session, std::optional<directory::Account> account, std::string user)
{
    if (!account) {
        auto found = co_await session.imapd.directory.authenticated(user);
        if (!found) {
            auto reply = session.refuse(found.error(), "authenticate");
            co_return reply;
        }
        account = std::move(*found);
    }
    auto reply = co_await welcome(session, std::move(*account));
    co_return reply;
}

bool is_question(const sasl::Step& step)
{
    return !std::holds_alternative<sasl::Failed>(step) && !std::holds_alternative<sasl::Done>(step);
}

} // namespace

/// rfc9051#6.2.2, rfc4959
Task<Reply> authenticate(Session& session, imap::Authenticate command)
{
    const auto mechanism = wire::sasl::find_mechanism(command.mechanism);
    if (!mechanism || !mechanism_allowed(session, command.mechanism))
        co_return session.may_send_password() ? reply::no("", "no such mechanism")
                                              : reply::no("PRIVACYREQUIRED", "not without TLS");
    auto secret = co_await session.imapd.directory.server_secret();
    if (!secret)
        co_return session.refuse(secret.error(), "server secret");
    const auto server = sasl::make_server(*mechanism, setup(session, std::move(*secret)));
    Exchange exchange(session, *server);
    std::optional<std::string_view> initial;
    if (command.initial_response)
        initial = *command.initial_response;
    auto step = server->start(initial);
    while (is_question(step)) {
        auto next = co_await exchange.next(std::move(step));
        if (!next)
            co_return Reply{};
        step = std::move(*next);
    }
    if (auto* why = std::get_if<sasl::Failed>(&step)) {
        auto reply = co_await failed(session, std::move(*why));
        co_return reply;
    }
    auto reply =
        co_await succeeded(session, std::move(exchange.account), std::move(std::get<sasl::Done>(step).user));
    co_return reply;
}

} // namespace mansio::imapd
