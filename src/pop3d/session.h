#pragma once
#include "login/mechanisms.h"
#include "net/channel.h"
#include "pop3d/maildrop.h"
#include "pop3d/server.h"
#include "trace/session_log.h"
#include "wire/pop3/command.h"
#include "wire/pop3/reply.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::pop3d {

using base::Outcome;
using base::Task;
using wire::pop3::Reply;
using wire::pop3::ResponseCode;

/// rfc1939#3. The UPDATE state is a moment inside QUIT, so it needs no name here.
enum class Stage : std::uint8_t { authorization = 1, transaction = 2, closed = 4 };

/// Who logged in, and what they see.
struct Login {
    directory::Account user;
    std::shared_ptr<mailbox::Account> account;
    Maildrop maildrop;
    login::UserSessions::Ticket ticket;
    base::SteadyTime checked; ///< when the directory last said that the account is active
};

/// The state of one connection. Lives in serve()'s frame; its loop's thread only.
struct Session {
    Session(Dependencies& dependencies, net::Stream stream);

    Dependencies& server;
    const std::shared_ptr<const config::Settings> settings;
    net::Channel wire;
    trace::SessionLog log;
    const base::Deadline login_deadline; ///< for the whole of AUTHORIZATION, whatever the client sends

    Stage stage = Stage::authorization;
    std::string_view end_reason = "peer closed";
    bool utf8 = false;               ///< rfc6856#2.1
    std::string timestamp;           ///< of the greeting, for APOP; empty where that is off
    std::optional<std::string> user; ///< from USER, until PASS
    std::uint32_t errors = 0;
    std::uint32_t login_failures = 0;
    std::optional<Login> login; ///< set in Stage::transaction

    const config::Pop3Settings& limits() const { return settings->pop3; }
    Maildrop& maildrop() { return login->maildrop; }

    /// What AUTH may use now, in the order of the settings.
    std::vector<wire::sasl::Mechanism> offered_mechanisms() const;
    /// May the password cross this connection?
    bool is_private() const { return wire.stream().is_tls() || limits().plaintext_login; }
    bool tls_offered() const { return server.certificates != nullptr && !wire.stream().is_tls(); }

    base::Deadline read_deadline() const;
    base::Deadline write_deadline() const { return base::Deadline::after(limits().write_timeout); }

    /// Puts one line into the output buffer and the log.
    void answer(const Reply& reply);
    /// An answer to something the client should not have sent; too many of them end the session.
    void refuse(std::string_view text);
    void answer_no_message(NoMessage why);
    /// An answer to trouble of our own. The cause is for the log.
    void answer_trouble(const base::Failure& failure, std::string_view doing);
    /// No more commands; the reason is a literal, for the log.
    void close(std::string_view reason);
    /// The same for a failed read or write.
    void close(const base::Failure& failure);
};

/// Flushes when enough is waiting: called inside long answers.
Task<Outcome<void>> flush_if_large(Session& session);

/// Handshakes; on failure the session is closed. For STLS and port 995.
Task<void> start_tls(Session& session);

} // namespace mansio::pop3d
