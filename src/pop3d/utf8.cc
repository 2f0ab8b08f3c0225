#include "pop3d/commands.h"

namespace mansio::pop3d {

// UTF8, rfc6856#2.1: from now on messages with UTF-8 in their headers may be sent as they are.
Task<Outcome<void>> utf8(Session& session, std::string_view arguments)
{
    if (auto parsed = wire::pop3::parse_nothing(arguments); !parsed)
        session.refuse(parsed.error().text);
    else {
        session.utf8 = true;
        session.answer(Reply::ok("UTF-8 mode"));
    }
    co_return Outcome<void>{};
}

} // namespace mansio::pop3d
