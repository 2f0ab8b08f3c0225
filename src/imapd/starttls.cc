#include "imapd/capability.h"
#include "imapd/commands.h"

namespace mansio::imapd {

/// rfc9051#6.2.1. Bytes that came behind the command were not protected: a client that sends any, or somebody
/// between us, is cut off (CVE-2011-0411).
Task<Reply> starttls(Session& session, imap::StartTls)
{
    net::Stream& stream = session.channel.stream();
    const auto context = session.imapd.certificates ? session.imapd.certificates->current() : nullptr;
    if (!context || stream.is_tls()) {
        session.answer(reply::bad("TLS is not to be had here"));
        co_return Reply{imap::Condition::bad, {}, {}};
    }
    if (session.channel.has_buffered_input()) {
        session.bye("", "no pipelining behind STARTTLS", "input behind STARTTLS");
        co_return Reply{};
    }
    session.answer(reply::ok("begin TLS now"));
    const bool open = co_await flush(session);
    if (!open)
        co_return Reply{};
    auto facts = co_await stream.start_tls_server(*context, session.handshake_deadline());
    if (!facts) {
        session.log.error(facts.error().cause);
        session.end("TLS handshake failed");
        co_return Reply{};
    }
    session.channel.drop_input();
    session.log.tls(facts->version + ' ' + facts->cipher);
    co_return Reply{};
}

} // namespace mansio::imapd
