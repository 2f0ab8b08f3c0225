#include "pop3d/commands.h"

namespace mansio::pop3d {

// USER name, rfc1939#7. Whether there is such a user is not told: PASS decides.
Task<Outcome<void>> user(Session& session, std::string_view arguments)
{
    auto name = wire::pop3::parse_login_word(arguments);
    if (!name)
        session.refuse(name.error().text);
    else if (!session.is_private())
        session.refuse("Begin TLS first: STLS");
    else {
        session.user = std::move(*name);
        session.answer(Reply::ok("Password please"));
    }
    co_return Outcome<void>{};
}

} // namespace mansio::pop3d
