#include "smtpd/commands.h"
#include "smtpd/replies.h"

namespace mansio::smtpd {

// rfc3207#4. Whatever came behind the command came in the clear, perhaps from somebody else (CVE-2011-0411):
// the connection is dropped rather than guessing what the client will believe.
Task<void> starttls(Session& session, std::string_view args)
{
    if (!session.tls_offered()) {
        co_await refuse(session,
                        session.is_tls() ? reply::bad_sequence("TLS is on already") : reply::not_offered());
        co_return;
    }
    if (!args.empty()) {
        co_await refuse(session, {501, {5, 5, 4}, "STARTTLS takes no parameter"});
        co_return;
    }
    if (session.transaction) {
        co_await refuse(session, reply::bad_sequence("Not within a transaction"));
        co_return;
    }
    if (session.wire.has_buffered_input()) {
        session.answer({501, {5, 5, 1}, "Nothing may be sent behind STARTTLS before its answer"});
        session.close("input behind STARTTLS");
        co_return;
    }
    session.answer({220, {2, 0, 0}, "Go ahead"});
    auto flushed = co_await session.wire.flush(session.write_deadline());
    if (!flushed) {
        session.close(flushed.error());
        co_return;
    }
    co_await start_tls(session);
}

} // namespace mansio::smtpd
