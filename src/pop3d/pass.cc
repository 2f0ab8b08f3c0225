#include "pop3d/commands.h"
#include "pop3d/login.h"

namespace mansio::pop3d {

// PASS string, rfc1939#7: the rest of the line is the password, spaces and all.
Task<Outcome<void>> pass(Session& session, std::string_view arguments)
{
    auto password = wire::pop3::parse_login_word(arguments);
    if (!session.user) {
        session.refuse("USER comes first");
        co_return Outcome<void>{};
    }
    if (!password) {
        session.refuse(password.error().text);
        co_return Outcome<void>{};
    }
    const auto began = std::chrono::steady_clock::now();
    auto account = co_await session.server.directory.verify_password(*session.user, std::move(*password));
    if (account)
        co_await enter(session, std::move(*account));
    else
        co_await answer_login_failure(session, account.error(), began);
    co_return Outcome<void>{};
}

} // namespace mansio::pop3d
