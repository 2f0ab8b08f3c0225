#include "pop3d/commands.h"
#include "pop3d/content.h"

namespace mansio::pop3d {

// RETR msg, rfc1939#5.
Task<Outcome<void>> retr(Session& session, std::string_view arguments)
{
    const auto number = wire::pop3::parse_message(arguments);
    if (!number) {
        session.refuse(number.error().text);
        co_return Outcome<void>{};
    }
    auto done = co_await send_message(session, *number, std::nullopt);
    co_return done;
}

} // namespace mansio::pop3d
