#include "smtpd/session.h"

#include "smtpd/replies.h"

namespace mansio::smtpd {
namespace {

using base::Fault;

trace::Protocol protocol_of(ListenerKind kind)
{
    switch (kind) {
    case ListenerKind::mx: return trace::Protocol::smtp;
    case ListenerKind::lmtp: return trace::Protocol::lmtp;
    case ListenerKind::submission:
    case ListenerKind::submissions: break;
    }
    return trace::Protocol::submission;
}

} // namespace

Session::Session(Dependencies& dependencies, net::Stream stream, ListenerKind listener)
    : server(dependencies)
    , settings(dependencies.settings())
    , kind(listener)
    , wire(std::move(stream))
    , log(dependencies.recorder, protocol_of(listener), wire.stream().peer().text(),
          wire.stream().local().text())
{
    wire.set_write_timeout(settings->smtp.write_timeout);
}

base::Deadline Session::error_deadline() const
{
    return base::Deadline::after(is_lmtp() ? std::chrono::milliseconds(0) : limits().error_delay);
}

void Session::drop_transaction()
{
    transaction.reset();
    if (stage != Stage::closed && stage != Stage::connected)
        stage = Stage::greeted;
}

void Session::answer(const Reply& reply)
{
    const std::string text = wire::smtp::print(reply);
    wire.write(text);
    if (!log.detailed())
        return;
    for (std::string_view rest = text; !rest.empty();) {
        const auto end = rest.find("\r\n");
        log.sent(rest.substr(0, end));
        rest.remove_prefix(end + 2);
    }
}

void Session::close(std::string_view reason)
{
    stage = Stage::closed;
    end_reason = reason;
}

void Session::close(const base::Failure& failure)
{
    if (draining()) {
        answer(reply::shutting_down());
        return close("shutting down");
    }
    if (failure.fault == Fault::timed_out) {
        answer(reply::timed_out());
        return close("waited too long");
    }
    if (failure.fault == Fault::closed)
        return close("peer closed");
    log.error(failure.cause);
    close("failed");
}

Task<void> pause_until(base::Deadline deadline)
{
    if (!deadline.passed())
        co_await net::sleep_until(deadline);
}

Task<void> refuse(Session& session, Reply reply)
{
    if (++session.errors >= session.limits().max_errors) {
        session.answer(reply::too_many_errors());
        session.close("too many errors");
        co_return;
    }
    co_await pause_until(session.error_deadline());
    session.answer(reply);
}

Task<void> start_tls(Session& session)
{
    const auto context = session.server.certificates->current();
    const auto deadline = base::Deadline::after(session.settings->tls.handshake_timeout);
    auto facts = co_await session.wire.stream().start_tls_server(*context, deadline);
    if (!facts) {
        session.log.note("TLS handshake failed", facts.error().cause);
        session.close("TLS handshake failed");
        co_return;
    }
    session.log.tls(facts->version + " " + facts->cipher);
    session.transaction.reset();
    session.helo.clear();
    session.stage = Stage::connected;
}

} // namespace mansio::smtpd
