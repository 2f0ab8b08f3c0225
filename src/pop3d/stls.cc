#include "pop3d/commands.h"

namespace mansio::pop3d {

// STLS, rfc2595#4.
Task<Outcome<void>> stls(Session& session, std::string_view arguments)
{
    if (auto parsed = wire::pop3::parse_nothing(arguments); !parsed)
        session.refuse(parsed.error().text);
    else if (session.wire.stream().is_tls())
        session.refuse("TLS is on already");
    else if (!session.tls_offered())
        session.refuse("TLS is not offered");
    else if (session.utf8)
        session.refuse("Not after UTF8"); // rfc6856#2.1
    else if (session.wire.has_buffered_input()) {
        // Commands sent ahead would be taken as said under TLS (CVE-2011-0411): no honest client does that.
        session.answer(Reply::err("Nothing may follow STLS before TLS"));
        session.close("bytes after STLS");
    } else {
        session.answer(Reply::ok("Begin TLS"));
        auto flushed = co_await session.wire.flush(session.write_deadline());
        if (!flushed)
            co_return std::unexpected(flushed.error());
        session.user.reset(); // what was said before counts no more
        co_await start_tls(session);
        session.wire.drop_input();
    }
    co_return Outcome<void>{};
}

} // namespace mansio::pop3d
