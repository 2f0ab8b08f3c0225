#include "pop3d/session.h"

namespace mansio::pop3d {

using base::Fault;

Session::Session(Dependencies& dependencies, net::Stream stream)
    : server(dependencies)
    , settings(dependencies.settings())
    , wire(std::move(stream))
    , log(dependencies.recorder, trace::Protocol::pop3, wire.stream().peer().text(),
          wire.stream().local().text())
    , login_deadline(base::Deadline::after(settings->pop3.login_timeout))
{
    wire.set_write_timeout(settings->pop3.write_timeout);
}

std::vector<wire::sasl::Mechanism> Session::offered_mechanisms() const
{
    const auto plain_text =
        limits().plaintext_login ? login::PlainText::allowed : login::PlainText::needs_tls;
    return login::offered_mechanisms(limits().mechanisms, wire.stream().tls(), plain_text);
}

base::Deadline Session::read_deadline() const
{
    return stage == Stage::authorization ? login_deadline : base::Deadline::after(limits().idle_timeout);
}

void Session::answer(const Reply& reply)
{
    const std::string line = wire::pop3::print(reply);
    wire.write(line);
    if (log.detailed())
        log.sent(std::string_view(line).substr(0, line.size() - 2));
}

void Session::refuse(std::string_view text)
{
    answer(Reply::err(std::string(text)));
    if (++errors < limits().max_errors)
        return;
    answer(Reply::err("Too many errors, goodbye"));
    close("too many errors");
}

void Session::answer_no_message(NoMessage why)
{
    answer(Reply::err(why == NoMessage::deleted ? "The message is deleted" : "There is no such message"));
}

void Session::answer_trouble(const base::Failure& failure, std::string_view doing)
{
    log.error(std::string(doing) + ": " + std::string(name(failure.fault)) + ": " + failure.cause);
    answer(Reply::err("Trouble on our side, try again later", ResponseCode::sys_temp));
}

void Session::close(std::string_view reason)
{
    stage = Stage::closed;
    end_reason = reason;
}

void Session::close(const base::Failure& failure)
{
    if (server.connections != nullptr && server.connections->draining())
        return close("shutting down");
    if (failure.fault == Fault::timed_out)
        return close(login ? "idle too long" : "login took too long");
    if (failure.fault == Fault::closed)
        return close("peer closed");
    log.error(failure.cause);
    close("failed");
}

Task<Outcome<void>> flush_if_large(Session& session)
{
    if (!session.wire.wants_flush())
        co_return Outcome<void>{};
    auto flushed = co_await session.wire.flush(session.write_deadline());
    co_return flushed;
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
}

} // namespace mansio::pop3d
