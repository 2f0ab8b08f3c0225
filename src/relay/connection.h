#pragma once
#include "config/relay_settings.h"
#include "net/channel.h"
#include "net/connections.h"
#include "relay/trouble.h"
#include "trace/session_log.h"
#include "wire/sasl/client.h"
#include "wire/smtp/reply.h"

#include <memory>
#include <optional>
#include <string>

namespace mansio::relay {

/// What a connection must have before mail goes over it.
enum class TlsPolicy {
    off,
    opportunistic, ///< STARTTLS where offered, whatever the certificate says (rfc7435)
    encrypted,     ///< STARTTLS or nothing
    verified,      ///< STARTTLS or nothing, and the certificate must be good for the name
    implicit,      ///< TLS from the first byte, verified
};

/// All a connection has to know. Values; `tls` and `recorder` outlive it.
struct ConnectionSettings {
    config::RelaySettings relay; ///< deadlines and caps
    std::string own_name;        ///< said in EHLO
    std::string host;            ///< the remote's name: SNI, certificate, reports
    TlsPolicy policy = TlsPolicy::opportunistic;
    std::optional<wire::sasl::ClientAccount> login{};
    const net::TlsContext* tls = nullptr; ///< null: as if the remote offered none
    trace::Recorder* recorder = nullptr;
    net::Connections* connections = nullptr; ///< who closes all of them at shutdown; may be null
};

/// An SMTP connection to one host: greeted, EHLO said, under TLS and logged in as its settings want. Used by
/// one coroutine at a time on its loop. A failure of read() or send() means that nothing more can be said on
/// it.
class Connection {
public:
    /// All trouble here is temporary: another host, or a later day, may do better.
    static Task<Attempted<std::unique_ptr<Connection>>> open(net::Loop& loop, net::Address address,
                                                             ConnectionSettings settings);
    /// The same on a stream that is connected already.
    static Task<Attempted<std::unique_ptr<Connection>>> begin(net::Stream stream,
                                                              ConnectionSettings settings);
    ~Connection();

    const wire::smtp::Extensions& extensions() const { return m_extensions; }
    const config::RelaySettings& limits() const { return m_settings.relay; }
    /// "mx.example [192.0.2.1]"
    const std::string& remote() const { return m_remote; }
    const std::string& session_id() const { return m_log.id(); }
    trace::SessionLog& log() { return m_log; }
    net::Channel& channel() { return m_channel; }
    /// A transaction was left open: the next one begins with RSET.
    bool needs_reset = false;
    /// False after a failure or a 421: only good for being destroyed.
    bool usable() const { return m_usable; }
    bool is_tls() const { return m_channel.stream().is_tls(); }

    /// Puts a command line (without CRLF) into the output.
    void add(std::string_view line);
    Task<Attempted<void>> flush(std::chrono::milliseconds wait);
    /// The next reply. `after` names what it answers, for the trouble's text. A 421 is a reply; the
    /// connection is not usable after it. rfc5321#3.8
    Task<Attempted<wire::smtp::ReceivedReply>> read(std::string_view after, std::chrono::milliseconds wait);
    /// add(), flush() and read().
    Task<Attempted<wire::smtp::ReceivedReply>> ask(std::string line, std::chrono::milliseconds wait);
    Trouble lost(const base::Failure& failure, std::string_view doing);
    /// The connection can't be used any more, for the reason given.
    void break_off(std::string_view reason);
    /// QUIT, and a short wait for its answer. Ends the connection.
    Task<void> quit();

private:
    Connection(net::Stream stream, ConnectionSettings settings);

    Task<Attempted<void>> greet();
    Task<Attempted<void>> say_hello();
    Task<Attempted<void>> secure();
    Task<Attempted<void>> handshake(net::TlsVerify verify);
    Task<Attempted<void>> log_in();
    Task<Attempted<void>> exchange(wire::sasl::Client& client);
    Trouble trouble(std::string status, std::string text) const;
    Trouble refused(const wire::smtp::ReceivedReply& reply) const;

    ConnectionSettings m_settings;
    net::Channel m_channel;
    std::string m_remote;
    std::optional<net::Connections::Ticket> m_ticket;
    trace::SessionLog m_log;
    wire::smtp::Extensions m_extensions;
    bool m_usable = true;
    bool m_masked = false; ///< an AUTH exchange is under way: nothing of it goes into the log
};

} // namespace mansio::relay
