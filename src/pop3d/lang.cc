#include "pop3d/commands.h"

#include <array>

namespace mansio::pop3d {

namespace {

// The languages our answers exist in; the first is the preferred one.
constexpr std::array<std::string_view, 1> languages = {"en"};

void list_languages(Session& session)
{
    session.answer(Reply::ok("Languages"));
    session.wire.write("en English\r\n");
    session.wire.write(wire::pop3::end_of_lines);
}

} // namespace

// LANG [range], rfc6856#3.
Task<Outcome<void>> lang(Session& session, std::string_view arguments)
{
    const auto range = wire::pop3::parse_lang(arguments);
    if (!range) {
        session.refuse(range.error().text);
    } else if (!*range) {
        list_languages(session);
    } else if (const auto tag = wire::pop3::match_language(**range, languages.data(), languages.size())) {
        session.answer(Reply::ok(std::string(*tag) + " Language set"));
    } else {
        session.answer(Reply::err("This language is not offered"));
    }
    co_return Outcome<void>{};
}

} // namespace mansio::pop3d
