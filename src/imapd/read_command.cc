#include "imapd/read_command.h"

#include "wire/imap/command_reader.h"
#include "wire/imap/parse.h"

#include <algorithm>
#include <utility>

namespace mansio::imapd {
namespace {

using imap::CommandReader;
using Sync = CommandReader::Literal::Sync;

constexpr unsigned literals_before_login = 4; // LOGIN has two
constexpr unsigned nesting_before_login = 2;  // ID has one list
constexpr std::uint64_t discard_before_login = 1024 * 1024;
constexpr unsigned append_literals = 32; // names and URLs before a message: with each, all is looked at anew

CommandReader::Limits limits(const Session& session)
{
    const auto& settings = *session.settings;
    if (session.state == State::not_authenticated)
        return {.line = settings.max_line_before_login,
                .literal = settings.max_literal_before_login,
                .total = settings.max_line_before_login + 2 * settings.max_literal_before_login,
                .literals = literals_before_login};
    return {.line = settings.max_line,
            .literal = settings.max_command_size,
            .total = settings.max_command_size,
            .literals = settings.max_literals};
}

base::Deadline first_line_deadline(const Session& session)
{
    if (session.state == State::not_authenticated)
        return {session.login_by};
    return base::Deadline::after(session.settings->idle_timeout);
}

/// Left over from an IDLE, or from the wire.
Task<Outcome<net::Line>> next_line(Session& session, std::size_t max, base::Deadline deadline)
{
    if (session.unread_line.empty()) {
        auto line = co_await session.channel.read_line({max}, deadline);
        co_return line;
    }
    net::Line line;
    line.text = std::exchange(session.unread_line, {});
    co_return line;
}

Received refused(std::string_view bytes, Reply refusal)
{
    return {.what = Received::What::refused,
            .bytes = {},
            .tag = imap::parse_head(bytes).tag,
            .refusal = std::move(refusal),
            .failure = {}};
}

Received ended(base::Failure failure)
{
    Received out;
    out.what = Received::What::ended;
    out.failure = std::move(failure);
    return out;
}

bool has_messages(std::string_view verb)
{
    return verb == "APPEND" || verb == "REPLACE" || verb == "UID REPLACE";
}

/// Is the literal just announced a message of an APPEND? If the command is wrong before it, `refusal` says
/// so: a client that waits for "+ " must not be made to send a message in vain.
enum class AppendHead : std::uint8_t { message, incomplete, other, wrong };
AppendHead look_at_append(const Session& session, const std::string& bytes, Reply& refusal)
{
    if (session.state == State::not_authenticated || !has_messages(imap::parse_head(bytes).verb))
        return AppendHead::other;
    const auto command = imap::parse_command(bytes, parse_options(session));
    if (command)
        return AppendHead::message;
    if (command.error().incomplete)
        return AppendHead::incomplete;
    refusal = reply::bad(command.error().text());
    return AppendHead::wrong;
}

/// A "+ " to LOGIN {n} would call for a password that may not be sent here.
bool would_ask_for_password(const Session& session, const std::string& bytes)
{
    return session.state == State::not_authenticated && !session.may_send_password() &&
           imap::parse_head(bytes).verb == "LOGIN";
}

Task<Received> refuse_with_literal(Session& session, const CommandReader& reader, Reply refusal)
{
    Received out = refused(reader.bytes(), std::move(refusal));
    if (reader.has_literal() && reader.literal().sync == Sync::comes_unasked)
        co_await discard_literal(session, reader.literal().size);
    co_return out;
}

/// Reads the literal into the reader; nothing when all went well.
Task<Outcome<void>> take_literal(Session& session, CommandReader& reader)
{
    if (reader.literal().sync == Sync::waits_for_continuation)
        session.go_ahead("go ahead");
    std::string bytes;
    auto read = co_await session.channel.read_exact(bytes, reader.literal().size, session.literal_deadline());
    if (read)
        reader.add_literal(bytes);
    co_return read;
}

} // namespace

imap::ParseOptions parse_options(const Session& session)
{
    imap::ParseOptions options;
    options.names = session.names();
    options.depth =
        session.state == State::not_authenticated ? nesting_before_login : session.settings->max_nesting;
    return options;
}

Task<Received> read_command(Session& session)
{
    const auto caps = limits(session);
    CommandReader reader(caps);
    unsigned looked = 0;
    base::Deadline deadline = first_line_deadline(session);
    if (deadline.passed()) // also for a client that keeps talking
        co_return ended({base::Fault::timed_out, "login deadline"});
    for (;;) {
        auto line = co_await next_line(session, caps.line, deadline);
        if (!line && line.error().fault == base::Fault::too_large) {
            const bool first = reader.bytes().empty();
            co_return refused(first ? session.channel.overlong_head() : std::string_view(reader.bytes()),
                              reply::bad("line too long"));
        }
        if (!line)
            co_return ended(std::move(line.error()));
        deadline = session.literal_deadline();
        const auto next = reader.add_line(line->text);
        line->text = {};
        if (next == CommandReader::Next::complete)
            co_return Received{.bytes = reader.bytes(), .tag = {}, .refusal = {}, .failure = {}};
        Reply refusal = reply::no("TOOBIG", "command or literal too large");
        const auto append = look_at_append(session, reader.bytes(), refusal);
        if (append == AppendHead::message)
            co_return Received{.bytes = reader.bytes(), .tag = {}, .refusal = {}, .failure = {}};
        const bool too_many = append == AppendHead::incomplete && ++looked > append_literals;
        const bool secret = would_ask_for_password(session, reader.bytes());
        if (secret)
            refusal = reply::no("PRIVACYREQUIRED", "not without TLS");
        if (secret || too_many || append == AppendHead::wrong || next == CommandReader::Next::refuse) {
            auto answer = co_await refuse_with_literal(session, reader, std::move(refusal));
            co_return answer;
        }
        auto taken = co_await take_literal(session, reader);
        if (!taken)
            co_return ended(std::move(taken.error()));
    }
}

Task<std::expected<imap::AppendStep, Reply>> read_append_step(Session& session,
                                                              imap::AppendStep::Inside behind)
{
    auto caps = limits(session);
    caps.literals = std::min(caps.literals, append_literals);
    CommandReader reader(caps);
    for (;;) {
        auto line = co_await session.channel.read_line({caps.line}, session.literal_deadline());
        if (!line && line.error().fault == base::Fault::too_large)
            co_return std::unexpected(reply::bad("line too long"));
        if (!line) {
            say_goodbye(session, line.error());
            co_return std::unexpected(Reply{});
        }
        const auto next = reader.add_line(line->text);
        auto step = imap::parse_append_step(reader.bytes(), behind, parse_options(session));
        if (step)
            co_return std::move(*step);
        if (next != CommandReader::Next::literal || !step.error().incomplete) {
            if (reader.has_literal() && reader.literal().sync == Sync::comes_unasked)
                co_await discard_literal(session, reader.literal().size);
            co_return std::unexpected(reply::bad(step.error().text()));
        }
        auto taken = co_await take_literal(session, reader);
        if (!taken) {
            say_goodbye(session, taken.error());
            co_return std::unexpected(Reply{});
        }
    }
}

Task<std::optional<std::string>> read_line(Session& session, std::size_t max, base::Deadline deadline)
{
    auto line = co_await session.channel.read_line({max}, deadline);
    if (line)
        co_return std::move(line->text);
    if (line.error().fault == base::Fault::too_large)
        co_return std::string(1, '\0'); // no grammar takes it: the caller answers BAD
    say_goodbye(session, line.error());
    co_return std::nullopt;
}

Task<void> discard_literal(Session& session, std::uint64_t size)
{
    const std::uint64_t most = session.state == State::not_authenticated
                                   ? discard_before_login
                                   : 2 * session.settings->max_append_size;
    for (std::uint64_t discarded = 0;;) {
        if (size > most - discarded) {
            session.bye("TOOBIG", "too much to skip", "literal too large");
            co_return;
        }
        discarded += size;
        auto dropped = co_await session.channel.discard(size, session.literal_deadline());
        auto rest = Outcome<net::Line>(std::unexpect);
        if (dropped)
            rest =
                co_await session.channel.read_line({session.settings->max_line}, session.literal_deadline());
        else
            rest = std::unexpected(std::move(dropped.error()));
        if (!rest) {
            if (rest.error().fault != base::Fault::too_large)
                say_goodbye(session, rest.error());
            co_return;
        }
        CommandReader::Literal literal;
        if (!imap::literal_at_end(rest->text, literal) || literal.sync != Sync::comes_unasked)
            co_return;
        size = literal.size;
    }
}

void say_goodbye(Session& session, const base::Failure& failure)
{
    if (failure.fault == base::Fault::timed_out && session.state == State::not_authenticated)
        session.bye("", "no login in time", "login too slow");
    else if (failure.fault == base::Fault::timed_out)
        session.bye("", "idle for too long", "idle too long");
    else if (session.imapd.connections.draining())
        session.bye("UNAVAILABLE", "the server is going down", "shutdown");
    else
        session.end("peer closed");
}

} // namespace mansio::imapd
