#include "imapd/append_reader.h"
#include "imapd/capability.h"
#include "imapd/command_table.h"
#include "imapd/imapd.h"
#include "imapd/log_in.h"
#include "imapd/notification.h"
#include "imapd/read_command.h"
#include "imapd/session.h"
#include "imapd/sync.h"
#include "imapd/uid_only.h"
#include "imapd/wait_for_client.h"
#include "wire/imap/parse.h"

#include <algorithm>
#include <fmt/format.h>
#include <new>

namespace mansio::imapd {
namespace {

constexpr std::uint32_t errors_before_login = 5; // a person typing; no client makes any
constexpr unsigned commands_in_a_row = 32;       // of a client that pipelines: then others run
constexpr auto finish_within = std::chrono::seconds(5);

/// The first line only: what follows are literals.
void log_received(Session& session, const Row* row, const std::string& bytes, const imap::Head& head)
{
    if (!session.log.detailed())
        return;
    if (!row)
        session.log.received_unknown(bytes.size());
    else if (row->flags & masked)
        session.log.received_masked(head.tag + ' ' + head.verb);
    else
        session.log.received(std::string_view(bytes).substr(0, bytes.find("\r\n")));
}

void count_error(Session& session)
{
    ++session.errors;
    const auto most = session.state == State::not_authenticated
                          ? std::min(errors_before_login, session.settings->max_errors)
                          : session.settings->max_errors;
    if (session.errors >= most)
        session.bye("", "too many errors", "too many errors");
}

/// Sends the reply behind what it may announce.
Task<void> finish_command(Session& session, const Row* row, Reply reply)
{
    const std::uint8_t flags = row ? row->flags : std::uint8_t{plain};
    if (!(flags & no_sync) && session.notification)
        co_await session.notification->tell();
    if (!(flags & no_sync))
        co_await sync(session, flags & holds_expunges ? Expunges::hold : Expunges::announce);
    // Modseqs that were told may be higher than those of expunges that were not: rfc7162#3.2
    if (session.selected && session.selected->expunges_held && session.enabled.condstore)
        write_told_modseq(session);
    const bool said_goodbye = session.state == State::logout && !(row && row->verb == "LOGOUT");
    if (!said_goodbye && !(flags & answers_itself))
        session.answer(reply);
    if (reply.condition == imap::Condition::bad)
        count_error(session);
}

std::string out_of_place(const Session& session, const Row& row)
{
    if (session.state == State::not_authenticated)
        return "log in first";
    return row.states & static_cast<std::uint8_t>(State::selected) ? "select a mailbox first"
                                                                   : "you are logged in already";
}

/// A word-for-word refusal, or what the command is when it may run now.
Outcome<imap::Command> judge(Session& session, const Row* row, const std::string& bytes)
{
    if (!row)
        return base::fail(base::Fault::invalid, "unknown command");
    if (!(row->states & static_cast<std::uint8_t>(session.state)))
        return base::fail(base::Fault::invalid, out_of_place(session, *row));
    auto command = imap::parse_command(bytes, parse_options(session));
    if (!command)
        return base::fail(base::Fault::invalid, command.error().text());
    return std::move(*command);
}

/// rfc9586#3
Task<void> refuse_numbers(Session& session, imap::Command command)
{
    if (auto* replace = std::get_if<imap::Replace>(&command.body)) {
        AppendReader reader(session);
        co_await reader.skip(std::move(replace->first));
    }
    co_await finish_command(session, nullptr,
                            {imap::Condition::bad, "UIDREQUIRED", "message numbers are not allowed"});
}

Task<void> execute(Session& session, std::string bytes)
{
    imap::Head head = imap::parse_head(bytes);
    const Row* row = find_command(head.verb);
    log_received(session, row, bytes, head);
    session.tag = std::move(head.tag);
    session.hides_tag = row == nullptr;
    if (session.tag.empty()) {
        session.untagged({imap::Condition::bad, "", "no tag"});
        count_error(session);
        co_return;
    }
    auto command = judge(session, row, bytes);
    bytes = {};
    if (!command) {
        co_await finish_command(session, nullptr, reply::bad(command.error().cause));
        co_return;
    }
    if (session.enabled.uid_only && uses_message_numbers(*command)) {
        co_await refuse_numbers(session, std::move(*command));
        co_return;
    }
    session.in_uid_command = row->verb.starts_with("UID ");
    if (row->flags & refreshes)
        co_await sync(session, Expunges::hold);
    if (session.state == State::logout)
        co_return;
    auto reply = co_await row->run(session, std::move(*command));
    co_await finish_command(session, row, std::move(reply));
    session.in_uid_command = false;
}

void refuse_received(Session& session, Received received)
{
    session.tag = std::move(received.tag);
    session.hides_tag = true;
    session.log.note("refused", received.refusal.text);
    session.answer(received.refusal);
    count_error(session);
}

/// After NOTIFY the client hears of changes between its commands too.
Task<void> tell_while_waiting(Session& session)
{
    if (session.notification && session.unread_line.empty())
        co_await wait_for_client(session, SignsOfLife::none);
}

Task<void> converse(Session& session)
{
    session.untagged({imap::Condition::ok, "CAPABILITY " + capabilities(session), "Mansio ready"});
    unsigned in_a_row = 0;
    while (session.state != State::logout) {
        co_await tell_while_waiting(session);
        if (session.state == State::logout)
            break;
        auto received = co_await read_command(session);
        if (received.what == Received::What::ended) {
            say_goodbye(session, received.failure);
            break;
        }
        if (received.what == Received::What::refused) {
            refuse_received(session, std::move(received));
            continue;
        }
        co_await check_account(session);
        if (session.state == State::logout)
            break;
        co_await execute(session, std::move(received.bytes));
        if (session.channel.wants_flush())
            co_await make_room(session);
        else if (++in_a_row % commands_in_a_row == 0)
            co_await base::yield();
    }
    session.leave_mailbox();
}

/// Too little memory is a trouble of this machine, for now: the client hears that. rfc9051#7.1.5
Task<void> converse_while_there_is_memory(Session& session)
{
    try {
        co_await converse(session);
        co_return;
    } catch (const std::bad_alloc&) {
        session.leave_mailbox();
    }
    session.log.error("no memory");
    session.bye("UNAVAILABLE", "no memory left, try again later", "no memory");
}

std::string tls_text(const net::TlsFacts& facts)
{
    return facts.version + ' ' + facts.cipher;
}

/// For port 993: false when the handshake failed.
Task<bool> begin_tls(Session& session)
{
    net::Stream& stream = session.channel.stream();
    const auto context = session.imapd.certificates ? session.imapd.certificates->current() : nullptr;
    if (!context) {
        session.end("no certificate");
        co_return false;
    }
    auto facts = co_await stream.start_tls_server(*context, session.handshake_deadline());
    if (!facts) {
        session.log.error(facts.error().cause);
        session.end("TLS handshake failed");
        co_return false;
    }
    session.log.tls(tls_text(*facts));
    co_return true;
}

Task<void> live(Session& session, ListenerKind kind)
{
    bool open = true;
    if (kind == ListenerKind::tls)
        open = co_await begin_tls(session);
    if (open)
        co_await converse_while_there_is_memory(session);
    if (open) {
        auto sent = co_await session.channel.flush(session.write_deadline());
        if (sent)
            co_await session.channel.stream().finish(base::Deadline::after(finish_within));
    }
}

} // namespace

base::Task<void> serve(Imapd& imapd, net::Stream stream, ListenerKind kind)
{
    auto place = imapd.connections.admit(stream.peer());
    if (!place) {
        if (kind == ListenerKind::plain)
            co_await stream.write_all("* BYE [UNAVAILABLE] too many connections\r\n",
                                      base::Deadline::after(finish_within));
        stream.close();
        co_return;
    }
    place->attach(stream);
    Session session(imapd, std::move(stream));
    try {
        co_await live(session, kind);
    } catch (const std::exception& bug) {
        session.log.error(bug.what());
        session.end_reason = "internal error";
    }
    const net::Stream& ended = session.channel.stream();
    session.log.closed(session.end_reason, ended.bytes_in(), ended.bytes_out());
}

} // namespace mansio::imapd
