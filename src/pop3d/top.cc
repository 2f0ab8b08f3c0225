#include "pop3d/commands.h"
#include "pop3d/content.h"

namespace mansio::pop3d {

// TOP msg n, rfc1939#7: the header, the empty line and n lines of the body.
Task<Outcome<void>> top(Session& session, std::string_view arguments)
{
    const auto command = wire::pop3::parse_top(arguments);
    if (!command) {
        session.refuse(command.error().text);
        co_return Outcome<void>{};
    }
    auto done = co_await send_message(session, command->message, command->lines);
    co_return done;
}

} // namespace mansio::pop3d
