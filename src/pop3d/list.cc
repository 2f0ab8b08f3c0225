#include "pop3d/commands.h"

#include <fmt/format.h>

namespace mansio::pop3d {

namespace {

Task<Outcome<void>> list_all(Session& session)
{
    const auto& maildrop = session.maildrop();
    session.answer(Reply::ok(fmt::format("{} messages ({} octets)", maildrop.messages(), maildrop.octets())));
    std::string line;
    for (std::uint32_t number = 1; number <= maildrop.size(); ++number) {
        const auto message = maildrop.find(number);
        if (!message)
            continue;
        line.clear();
        wire::pop3::append_scan_listing(line, number, (*message)->size);
        session.wire.write(line);
        auto flushed = co_await flush_if_large(session);
        if (!flushed)
            co_return flushed;
    }
    session.wire.write(wire::pop3::end_of_lines);
    co_return Outcome<void>{};
}

void list_one(Session& session, std::uint32_t number)
{
    const auto message = session.maildrop().find(number);
    if (message)
        session.answer(Reply::ok(fmt::format("{} {}", number, (*message)->size)));
    else
        session.answer_no_message(message.error());
}

} // namespace

// LIST [msg], rfc1939#5: sizes in octets, with CRLF line ends as RETR sends them.
Task<Outcome<void>> list(Session& session, std::string_view arguments)
{
    const auto number = wire::pop3::parse_optional_message(arguments);
    if (!number) {
        session.refuse(number.error().text);
        co_return Outcome<void>{};
    }
    if (*number) {
        list_one(session, **number);
        co_return Outcome<void>{};
    }
    auto done = co_await list_all(session);
    co_return done;
}

} // namespace mansio::pop3d
