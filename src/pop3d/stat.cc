#include "pop3d/commands.h"

#include <fmt/format.h>

namespace mansio::pop3d {

// STAT, rfc1939#5: how many messages and octets, those marked deleted left out.
Task<Outcome<void>> stat(Session& session, std::string_view arguments)
{
    if (auto parsed = wire::pop3::parse_nothing(arguments); !parsed)
        session.refuse(parsed.error().text);
    else {
        const auto& maildrop = session.maildrop();
        session.answer(Reply::ok(fmt::format("{} {}", maildrop.messages(), maildrop.octets())));
    }
    co_return Outcome<void>{};
}

} // namespace mansio::pop3d
