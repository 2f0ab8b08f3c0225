#include "pop3d/commands.h"

namespace mansio::pop3d {

// NOOP, rfc1939#5.
Task<Outcome<void>> noop(Session& session, std::string_view arguments)
{
    if (auto parsed = wire::pop3::parse_nothing(arguments); !parsed)
        session.refuse(parsed.error().text);
    else
        session.answer(Reply::ok("Nothing done"));
    co_return Outcome<void>{};
}

} // namespace mansio::pop3d
