#include "pop3d/commands.h"

namespace mansio::pop3d {

// CAPA, rfc2449#5. Nothing here tells the version to strangers; IMPLEMENTATION is a name.
Task<Outcome<void>> capa(Session& session, std::string_view arguments)
{
    if (auto parsed = wire::pop3::parse_nothing(arguments); !parsed) {
        session.refuse(parsed.error().text);
        co_return Outcome<void>{};
    }
    std::string lines = "TOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n"
                        "EXPIRE NEVER\r\nUTF8 USER\r\nLANG\r\nIMPLEMENTATION Mansio\r\n";
    if (session.is_private())
        lines += "USER\r\n";
    if (const auto offered = session.offered_mechanisms(); !offered.empty()) {
        lines += "SASL";
        for (const auto mechanism : offered)
            lines.append(" ").append(name(mechanism));
        lines += "\r\n";
    }
    if (session.tls_offered())
        lines += "STLS\r\n";
    session.answer(Reply::ok("This is what we can"));
    session.wire.write(lines.append(wire::pop3::end_of_lines));
    co_return Outcome<void>{};
}

} // namespace mansio::pop3d
