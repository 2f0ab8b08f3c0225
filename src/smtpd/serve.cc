#include "smtpd/commands.h"
#include "smtpd/replies.h"
#include "smtpd/server.h"
#include "smtpd/session.h"
#include "wire/smtp/command.h"

#include <exception>
#include <fmt/format.h>
#include <new>

namespace mansio::smtpd {
namespace {

using base::Fault;

// rfc5321#4.3.1. LMTP's own word tells clients that they are right here.
void greet(Session& session)
{
    const std::string& words = session.limits().banner;
    const std::string_view banner = session.is_lmtp() ? "LMTP" : std::string_view(words);
    session.answer({220, {}, fmt::format("{} {}", session.settings->server.hostname, banner)});
}

void begin_peer_name(Session& session)
{
    const net::Address& peer = session.wire.stream().peer();
    const bool wanted = session.kind == ListenerKind::mx && session.limits().reverse_lookup && peer.is_ip();
    if (wanted && session.server.resolver != nullptr)
        session.peer_name.begin(session.wire.stream().loop(), *session.server.resolver, peer);
}

/// A word nobody knows. Browsers made to speak to us, and whoever begins with nonsense, are sent away.
Task<void> answer_unknown(Session& session, std::string_view verb)
{
    if (session.spoken && !wire::smtp::is_foreign_verb(verb)) {
        co_await refuse(session, reply::unknown_command());
        co_return;
    }
    session.answer(reply::unknown_command());
    session.close("not SMTP");
}

Task<void> run_command(Session& session, const Command& command, std::string_view args)
{
    session.spoken = true;
    if (!command.exists_on(session.kind)) {
        co_await refuse(session, reply::not_offered());
        co_return;
    }
    if (!command.allowed_in(session.stage)) {
        co_await refuse(session,
                        reply::bad_sequence(session.is_lmtp() ? "Say LHLO first" : "Say EHLO first"));
        co_return;
    }
    if (command.group == Group::ends && session.wire.has_buffered_input())
        session.log.note("input before the answer", command.verb, base::Level::debug);
    co_await command.run(session, args);
}

Task<void> handle_line(Session& session, net::Line line)
{
    if (line.ending == net::LineEnding::lf && session.dialect() == Dialect::strict) {
        session.log.received_unknown(line.text.size());
        co_await refuse(session, {500, {5, 5, 2}, "Lines end with CR LF"});
        co_return;
    }
    const auto parsed = wire::smtp::split_command(line.text);
    const Command* command = parsed ? find_command(parsed->verb) : nullptr;
    if (command == nullptr) {
        session.log.received_unknown(line.text.size());
        co_await answer_unknown(session, parsed ? std::string_view(parsed->verb) : std::string_view());
        co_return;
    }
    if (command->shown == Shown::verb)
        session.log.received_masked(command->verb);
    else
        session.log.received(line.text);
    co_await run_command(session, *command, parsed->args);
}

/// A client may send commands for ever without reading answers.
Task<void> flush_if_large(Session& session)
{
    if (!session.wire.wants_flush())
        co_return;
    auto flushed = co_await session.wire.flush(session.write_deadline());
    if (!flushed)
        session.close(flushed.error());
}

Task<void> run_commands(Session& session)
{
    while (session.stage != Stage::closed) {
        const net::LineLimit limit{session.limits().max_command_line};
        auto line = co_await session.wire.read_line(limit, session.command_deadline());
        if (line)
            co_await handle_line(session, std::move(*line));
        else if (line.error().fault == Fault::too_large)
            co_await refuse(session, reply::line_too_long());
        else
            session.close(line.error());
        co_await flush_if_large(session);
    }
}

/// Too little memory is a trouble of this machine, for now: the client hears that. rfc5321#3.8
Task<void> run_commands_while_there_is_memory(Session& session)
{
    try {
        co_await run_commands(session);
        co_return;
    } catch (const std::bad_alloc&) {
        session.transaction.reset(); // what it asked for last may be what is missing now
    }
    session.log.error("no memory");
    session.answer({421, {4, 3, 1}, "No memory left, try again later"});
    session.close("no memory");
}

Task<void> run(Session& session)
{
    session.log.note("accepted");
    if (session.kind == ListenerKind::submissions && session.server.certificates == nullptr) {
        session.close("no certificate");
        co_return;
    }
    if (session.kind == ListenerKind::submissions)
        co_await start_tls(session);
    if (session.stage == Stage::closed)
        co_return;
    if (session.draining()) {
        session.answer(reply::shutting_down());
        session.close("shutting down");
        co_return;
    }
    begin_peer_name(session);
    greet(session);
    co_await run_commands_while_there_is_memory(session);
}

/// The last words, and a polite end so that no reset overtakes them.
Task<void> finish(Session& session)
{
    if (!session.wire.stream().is_open())
        co_return;
    const auto deadline = base::Deadline::after(std::chrono::seconds(5));
    auto flushed = co_await session.wire.flush(deadline);
    if (flushed)
        co_await session.wire.stream().finish(deadline);
}

} // namespace

Task<void> serve(Dependencies& server, net::Stream stream, ListenerKind kind)
{
    Session session(server, std::move(stream), kind);
    try {
        co_await run(session);
        session.transaction.reset();
        co_await finish(session);
    } catch (const std::exception& thrown) {
        session.log.error(fmt::format("bug: {}", thrown.what()));
        session.close("internal error");
    }
    const net::Stream& at_end = session.wire.stream();
    session.log.closed(session.end_reason, at_end.bytes_in(), at_end.bytes_out());
}

/// No polite end, which would wait for the peer: a flood would hold a descriptor for each refusal.
Task<void> refuse_connection(net::Stream stream, ListenerKind kind)
{
    if (kind == ListenerKind::submissions) // a handshake is too much work for it
        co_return;
    const std::string words = wire::smtp::print({421, {4, 7, 0}, "Too many connections, try again later"});
    (void)co_await stream.write_all(std::string_view(words), base::Deadline::after(std::chrono::seconds(5)));
}

} // namespace mansio::smtpd
