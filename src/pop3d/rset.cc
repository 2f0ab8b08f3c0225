#include "pop3d/commands.h"

#include <fmt/format.h>

namespace mansio::pop3d {

// RSET, rfc1939#5: takes back every mark.
Task<Outcome<void>> rset(Session& session, std::string_view arguments)
{
    if (auto parsed = wire::pop3::parse_nothing(arguments); !parsed)
        session.refuse(parsed.error().text);
    else {
        auto& maildrop = session.maildrop();
        maildrop.unmark_all();
        session.answer(
            Reply::ok(fmt::format("{} messages ({} octets)", maildrop.messages(), maildrop.octets())));
    }
    co_return Outcome<void>{};
}

} // namespace mansio::pop3d
