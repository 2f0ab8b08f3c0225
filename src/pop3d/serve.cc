#include "base/bytes.h"
#include "base/text.h"
#include "pop3d/commands.h"
#include "pop3d/server.h"
#include "pop3d/session.h"
#include "wire/pop3/apop.h"

#include <exception>
#include <fmt/format.h>
#include <new>

namespace mansio::pop3d {

namespace {

using base::Fault;

bool is_draining(const Session& session)
{
    return session.server.connections != nullptr && session.server.connections->draining();
}

// rfc1939#4; the timestamp in it tells that APOP is there.
void greet(Session& session)
{
    const auto& hostname = session.settings->server.hostname;
    if (session.limits().apop)
        session.timestamp =
            wire::pop3::make_timestamp(base::random_token(16), session.server.clock.now_millis(), hostname);
    std::string text = hostname + " POP3 ready";
    if (!session.timestamp.empty())
        text += " " + session.timestamp;
    session.answer(Reply::ok(std::move(text)));
}

// Browsers and scanners: nothing good comes after such a line.
bool is_http(std::string_view verb)
{
    constexpr std::string_view methods[] = {"GET", "POST", "HEAD", "PUT", "OPTIONS", "CONNECT"};
    for (std::string_view method : methods)
        if (verb == method)
            return true;
    return false;
}

void log_received(Session& session, const Command& command, std::string_view line)
{
    if (command.shown == Shown::verb)
        session.log.received_masked(command.verb);
    else
        session.log.received(line);
}

bool must_ask_again(const Session& session)
{
    return session.login && std::chrono::steady_clock::now() - session.login->checked >=
                                session.settings->accounts.recheck_interval;
}

// False when the account was disabled or removed since login.
Task<bool> still_welcome(Session& session)
{
    auto& login = *session.login;
    auto account = co_await session.server.directory.find_account(login.user.id);
    if (!account) // The directory is in trouble: that is no reason to throw anybody out.
        co_return true;
    login.checked = std::chrono::steady_clock::now();
    co_return account->has_value() && (*account)->state == directory::AccountState::active;
}

Task<Outcome<void>> run_command(Session& session, const Command& command, std::string_view arguments)
{
    if (must_ask_again(session)) {
        const bool welcome = co_await still_welcome(session);
        if (!welcome) {
            session.answer(Reply::err("The account is no longer active", ResponseCode::auth));
            session.close("account disabled");
            co_return Outcome<void>{};
        }
    }
    auto done = co_await command.run(session, arguments);
    co_return done;
}

Task<Outcome<void>> handle_line(Session& session, std::string_view line)
{
    const auto parsed = wire::pop3::parse_command(line);
    const Command* command = parsed ? find_command(parsed->verb) : nullptr;
    if (command == nullptr) {
        session.log.received_unknown(line.size());
        session.refuse(parsed ? "There is no such command" : parsed.error().text);
        if (parsed && is_http(parsed->verb))
            session.close("not POP3");
        co_return Outcome<void>{};
    }
    log_received(session, *command, line);
    if (!command->allowed_in(session.stage)) {
        session.refuse(session.login ? "Not after login" : "Log in first");
        co_return Outcome<void>{};
    }
    auto done = co_await run_command(session, *command, parsed->arguments);
    co_return done;
}

Task<void> run_commands(Session& session)
{
    while (session.stage != Stage::closed) {
        const net::LineLimit limit{session.limits().max_line};
        auto line = co_await session.wire.read_line(limit, session.read_deadline());
        if (!line && line.error().fault == Fault::too_large) {
            session.refuse("The line is too long");
            continue;
        }
        if (!line) {
            session.close(line.error());
            break;
        }
        auto done = co_await handle_line(session, line->text);
        if (!done) { // an answer that can't be finished leaves nothing to say
            session.close(done.error());
            session.wire.stream().close();
        }
    }
}

/// Too little memory is a trouble of this machine, for now: the client hears that. rfc3206#4
Task<void> run_commands_while_there_is_memory(Session& session)
{
    try {
        co_await run_commands(session);
        co_return;
    } catch (const std::bad_alloc&) {
        session.close("no memory");
    }
    session.log.error("no memory");
    session.answer(Reply::err("No memory left, try again later", ResponseCode::sys_temp));
}

Task<void> run(Session& session, ListenerKind kind)
{
    session.log.note("accepted");
    if (kind == ListenerKind::tls)
        co_await start_tls(session);
    if (session.stage == Stage::closed)
        co_return;
    greet(session);
    co_await run_commands_while_there_is_memory(session);
}

// The last words, and a polite end so that no reset overtakes them.
Task<void> finish(Session& session)
{
    if (!session.wire.stream().is_open())
        co_return;
    if (is_draining(session) && session.end_reason == "shutting down")
        session.answer(Reply::err("The server is shutting down", ResponseCode::sys_temp));
    const auto deadline = base::Deadline::after(std::chrono::seconds(5));
    auto flushed = co_await session.wire.flush(deadline);
    if (flushed)
        co_await session.wire.stream().finish(deadline);
}

} // namespace

Task<void> serve(Dependencies& server, net::Stream stream, ListenerKind kind)
{
    Session session(server, std::move(stream));
    try {
        co_await run(session, kind);
        co_await finish(session);
    } catch (const std::exception& thrown) {
        session.log.error(fmt::format("bug: {}", thrown.what()));
        session.close("internal error");
    }
    const auto& stream_at_end = session.wire.stream();
    session.log.closed(session.end_reason, stream_at_end.bytes_in(), stream_at_end.bytes_out());
}

/// No polite end, which would wait for the peer: a flood would hold a descriptor for each refusal.
Task<void> refuse_connection(net::Stream stream, ListenerKind kind)
{
    if (kind == ListenerKind::tls) // a handshake is too much work for it
        co_return;
    const std::string words =
        wire::pop3::print(Reply::err("Too many connections, try again later", ResponseCode::sys_temp));
    (void)co_await stream.write_all(std::string_view(words), base::Deadline::after(std::chrono::seconds(5)));
}

} // namespace mansio::pop3d
