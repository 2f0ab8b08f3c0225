#include "wire/pop3/apop.h"

#include "base/bytes.h"
#include "pop3d/commands.h"
#include "pop3d/login.h"

namespace mansio::pop3d {

namespace {

// The account, or Fault::unauthorized without a word on whether the name or the digest was wrong.
Task<Outcome<directory::Account>> check(Session& session, wire::pop3::ApopCommand command)
{
    auto secret = co_await session.server.directory.recoverable_secret(command.name);
    if (!secret && secret.error().fault != base::Fault::unauthorized &&
        secret.error().fault != base::Fault::not_found)
        co_return std::unexpected(secret.error());
    const bool known = secret && secret->has_value();
    // An unknown user costs the same digest.
    const std::string digest =
        wire::pop3::apop_digest(session.timestamp, known ? **secret : base::random_token(16));
    const bool right = base::equal_constant_time(digest, command.digest);
    if (!known || !right)
        co_return base::fail(base::Fault::unauthorized, "APOP " + command.name);
    auto account = co_await session.server.directory.authenticated(command.name);
    co_return account;
}

} // namespace

// APOP name digest, rfc1939#7. Only for accounts whose owner chose to keep a recoverable secret.
Task<Outcome<void>> apop(Session& session, std::string_view arguments)
{
    auto command = wire::pop3::parse_apop(arguments);
    if (session.timestamp.empty()) {
        session.refuse("APOP is not offered");
        co_return Outcome<void>{};
    }
    if (!command) {
        session.refuse(command.error().text);
        co_return Outcome<void>{};
    }
    const auto began = std::chrono::steady_clock::now();
    auto account = co_await check(session, std::move(*command));
    if (account)
        co_await enter(session, std::move(*account));
    else
        co_await answer_login_failure(session, account.error(), began);
    co_return Outcome<void>{};
}

} // namespace mansio::pop3d
