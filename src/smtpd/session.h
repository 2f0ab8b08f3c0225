#pragma once
#include "net/channel.h"
#include "smtpd/peer_name.h"
#include "smtpd/server.h"
#include "smtpd/transaction.h"
#include "trace/session_log.h"
#include "wire/smtp/cursor.h"
#include "wire/smtp/reply.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::smtpd {

using base::Outcome;
using base::Task;
using wire::smtp::Dialect;
using wire::smtp::Reply;

/// Where a session is in the order of commands, rfc5321#4.1.4. Bits, so that the command table can name sets.
enum class Stage : std::uint8_t {
    connected = 1,     ///< before EHLO; again after STARTTLS
    greeted = 2,       ///< no transaction
    has_sender = 4,    ///< after MAIL
    has_recipient = 8, ///< after RCPT
    has_chunk = 16,    ///< after a BDAT that was not the last
    closed = 32,
};

/// The state of one connection. Lives in serve()'s frame; its loop's thread only.
struct Session {
    Session(Dependencies& dependencies, net::Stream stream, ListenerKind listener);

    Dependencies& server;
    const std::shared_ptr<const config::Settings> settings;
    const ListenerKind kind;
    net::Channel wire;
    trace::SessionLog log;

    Stage stage = Stage::connected;
    std::string_view end_reason = "peer closed";
    std::string helo;      ///< as the peer called itself, made harmless
    bool extended = false; ///< EHLO or LHLO, not HELO
    bool spoken = false;   ///< one command was known
    std::optional<directory::Account> account;
    std::optional<Transaction> transaction; ///< from Stage::has_sender on
    PeerName peer_name;
    std::uint32_t messages = 0;
    std::uint32_t errors = 0;
    std::uint32_t unknown_recipients = 0;
    std::uint32_t login_failures = 0;

    const config::SmtpSettings& limits() const { return settings->smtp; }
    bool is_submission() const
    {
        return kind == ListenerKind::submission || kind == ListenerKind::submissions;
    }
    bool is_lmtp() const { return kind == ListenerKind::lmtp; }
    Dialect dialect() const { return is_submission() ? Dialect::tolerant : Dialect::strict; }
    wire::smtp::BareLineEnds bare_line_ends() const
    {
        return is_submission() ? wire::smtp::BareLineEnds::normalise : wire::smtp::BareLineEnds::keep;
    }
    bool is_tls() const { return wire.stream().is_tls(); }
    bool tls_offered() const { return server.certificates != nullptr && !is_tls() && !is_lmtp(); }
    /// Before the answer to a mistake; none in LMTP, where the peer is one of our own.
    base::Deadline error_deadline() const;
    bool draining() const { return server.connections != nullptr && server.connections->draining(); }

    base::Deadline command_deadline() const { return base::Deadline::after(limits().command_timeout); }
    base::Deadline write_deadline() const { return base::Deadline::after(limits().write_timeout); }

    /// Back to Stage::greeted, whatever was there.
    void drop_transaction();
    /// Puts the reply into the output buffer and the log.
    void answer(const Reply& reply);
    /// No more commands; the reason is a literal, for the log.
    void close(std::string_view reason);
    /// The same for a failed read or write, with the last words that fit it.
    void close(const base::Failure& failure);
};

/// Answers a command that should not have been sent, after the pause for it; too many of them end the
/// session.
Task<void> refuse(Session& session, Reply reply);
/// A pause that makes guessing slow; nothing when it is zero.
Task<void> pause_until(base::Deadline deadline);
/// Handshakes and forgets what was said in the clear; on failure the session is closed. rfc3207#4.2
Task<void> start_tls(Session& session);

} // namespace mansio::smtpd
