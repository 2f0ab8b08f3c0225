#include "pop3d/commands.h"

#include <fmt/format.h>

namespace mansio::pop3d {

// DELE msg, rfc1939#5: a mark, no more, until QUIT.
Task<Outcome<void>> dele(Session& session, std::string_view arguments)
{
    const auto number = wire::pop3::parse_message(arguments);
    if (!number) {
        session.refuse(number.error().text);
        co_return Outcome<void>{};
    }
    const auto message = session.maildrop().find(*number);
    if (!message)
        session.answer_no_message(message.error());
    else {
        session.maildrop().mark_deleted(*number);
        session.answer(Reply::ok(fmt::format("Message {} will go at QUIT", *number)));
    }
    co_return Outcome<void>{};
}

} // namespace mansio::pop3d
