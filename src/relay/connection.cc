#include "relay/connection.h"

namespace mansio::relay {
namespace {

using wire::smtp::ReceivedReply;

bool wants_verification(TlsPolicy policy)
{
    return policy == TlsPolicy::verified || policy == TlsPolicy::implicit;
}

bool wants_tls(TlsPolicy policy)
{
    return policy != TlsPolicy::off && policy != TlsPolicy::opportunistic;
}

} // namespace

Connection::Connection(net::Stream stream, ConnectionSettings settings)
    : m_settings(std::move(settings))
    , m_channel(std::move(stream))
    , m_remote(m_settings.host + " " + m_channel.stream().peer().literal())
    , m_log(m_settings.recorder, trace::Protocol::relay, m_channel.stream().peer().text(),
            m_channel.stream().local().text())
{
    if (m_settings.connections != nullptr)
        m_ticket = m_settings.connections->admit(m_channel.stream().peer());
    if (m_ticket)
        m_ticket->attach(m_channel.stream());
    m_log.note("connected", m_remote);
}

Connection::~Connection()
{
    break_off("closed");
}

void Connection::break_off(std::string_view reason)
{
    m_usable = false;
    net::Stream& stream = m_channel.stream();
    if (!stream.is_open())
        return;
    m_log.closed(reason, stream.bytes_in(), stream.bytes_out());
    stream.close();
}

Trouble Connection::trouble(std::string status, std::string text) const
{
    return {.status = std::move(status), .text = std::move(text), .remote = m_remote};
}

/// A refusal of the session as a whole is the host's state of today, whatever its code says: mail is not
/// bounced because of it. Only MAIL, RCPT and DATA are about the mail.
Trouble Connection::refused(const ReceivedReply& reply) const
{
    Trouble made = trouble("4.3.2", shown(reply));
    made.code = reply.code;
    return made;
}

Trouble Connection::lost(const base::Failure& failure, std::string_view doing)
{
    const bool slow = failure.fault == base::Fault::timed_out;
    m_log.error(failure.cause);
    break_off(slow ? "timed out" : "connection lost");
    return trouble("4.4.2", (slow ? "timed out waiting for an answer to " : "connection lost after ") +
                                std::string(doing));
}

Task<Attempted<std::unique_ptr<Connection>>> Connection::open(net::Loop& loop, net::Address address,
                                                              ConnectionSettings settings)
{
    const std::string remote = settings.host + " " + address.literal();
    const std::string& source =
        address.kind() == net::Address::Kind::v6 ? settings.relay.source_ipv6 : settings.relay.source_ipv4;
    net::ConnectOptions options{.deadline = net::Deadline::after(settings.relay.connect_timeout)};
    options.source = net::Address::parse_ip(source);
    auto stream = co_await net::connect(loop, address, std::move(options));
    if (!stream)
        co_return std::unexpected(
            Trouble{.status = "4.4.1", .text = "no connection: " + stream.error().cause, .remote = remote});
    co_return co_await begin(std::move(*stream), std::move(settings));
}

Task<Attempted<std::unique_ptr<Connection>>> Connection::begin(net::Stream stream,
                                                               ConnectionSettings settings)
{
    const TlsPolicy policy = settings.policy;
    std::unique_ptr<Connection> connection(new Connection(std::move(stream), std::move(settings)));
    Attempted<void> step;
    if (policy == TlsPolicy::implicit)
        step = co_await connection->handshake(net::TlsVerify::required);
    if (step)
        step = co_await connection->greet();
    if (step)
        step = co_await connection->say_hello();
    if (step && policy != TlsPolicy::implicit)
        step = co_await connection->secure();
    if (step)
        step = co_await connection->log_in();
    if (!step) {
        connection->break_off("refused");
        co_return std::unexpected(std::move(step.error()));
    }
    co_return connection;
}

Task<Attempted<void>> Connection::greet()
{
    auto reply = co_await read("the connection", m_settings.relay.greeting_timeout);
    if (!reply)
        co_return std::unexpected(std::move(reply.error()));
    if (reply->code / 100 != 2)
        co_return std::unexpected(refused(*reply));
    co_return Attempted<void>{};
}

Task<Attempted<void>> Connection::say_hello()
{
    m_extensions = {};
    auto reply = co_await ask("EHLO " + m_settings.own_name, m_settings.relay.command_timeout);
    if (reply && reply->code / 100 == 2) {
        m_extensions = wire::smtp::parse_extensions(*reply);
        co_return Attempted<void>{};
    }
    if (reply && reply->code / 100 == 5 && m_usable) // rfc5321#3.2: a server of before EHLO
        reply = co_await ask("HELO " + m_settings.own_name, m_settings.relay.command_timeout);
    if (!reply)
        co_return std::unexpected(std::move(reply.error()));
    if (reply->code / 100 != 2)
        co_return std::unexpected(refused(*reply));
    co_return Attempted<void>{};
}

/// STARTTLS, rfc3207, as the policy wants it.
Task<Attempted<void>> Connection::secure()
{
    const TlsPolicy policy = m_settings.policy;
    if (policy == TlsPolicy::off)
        co_return Attempted<void>{};
    const bool offered = m_extensions.has("STARTTLS") && m_settings.tls != nullptr;
    if (!offered && wants_tls(policy))
        co_return std::unexpected(trouble("4.7.4", "TLS is required, but not offered"));
    if (!offered)
        co_return Attempted<void>{};
    auto reply = co_await ask("STARTTLS", m_settings.relay.command_timeout);
    if (!reply)
        co_return std::unexpected(std::move(reply.error()));
    if (reply->code != 220) {
        if (wants_tls(policy) || !m_usable)
            co_return std::unexpected(refused(*reply));
        co_return Attempted<void>{};
    }
    // Replies sent along in the clear would be taken for the server's own later: rfc3207#6, CVE-2021-38371.
    if (m_channel.has_buffered_input())
        co_return std::unexpected(trouble("4.7.0", "bytes after the reply to STARTTLS, before TLS"));
    auto secured = co_await handshake(wants_verification(policy) ? net::TlsVerify::required
                                                                 : net::TlsVerify::opportunistic);
    if (!secured)
        co_return secured;
    auto greeted = co_await say_hello(); // rfc3207#4.2: nothing learned before counts
    co_return greeted;
}

Task<Attempted<void>> Connection::handshake(net::TlsVerify verify)
{
    if (m_settings.tls == nullptr)
        co_return std::unexpected(trouble("4.7.4", "TLS is required, but there are no trusted roots here"));
    net::TlsClientOptions options{.server_name = m_settings.host, .verify = verify, .alpn = {}};
    auto facts = co_await m_channel.stream().start_tls_client(
        *m_settings.tls, std::move(options), net::Deadline::after(m_settings.relay.command_timeout));
    if (!facts) {
        Trouble made = trouble("4.7.5", "TLS handshake failed: " + facts.error().cause);
        made.tls_failed = true;
        m_log.error(facts.error().cause);
        co_return std::unexpected(std::move(made));
    }
    m_channel.drop_input();
    m_log.tls(facts->version + " " + facts->cipher + (facts->verified ? " verified" : " unverified"));
    co_return Attempted<void>{};
}

Task<Attempted<void>> Connection::log_in()
{
    if (!m_settings.login)
        co_return Attempted<void>{};
    const std::string* offered = m_extensions.find("AUTH");
    if (offered == nullptr)
        co_return std::unexpected(trouble("4.7.0", "the server offers no login"));
    // A password itself goes only to a host that proved its name, or that is this machine.
    const bool safe =
        (is_tls() && wants_verification(m_settings.policy)) || m_channel.stream().peer().is_loopback();
    const auto mechanism = wire::sasl::choose_mechanism(*offered, safe);
    std::unique_ptr<wire::sasl::Client> client;
    if (mechanism)
        client = wire::sasl::make_client(*mechanism, *m_settings.login);
    if (!client)
        co_return std::unexpected(
            trouble("4.7.0", "the server offers no login that is safe here: " + *offered));
    m_masked = true;
    auto done = co_await exchange(*client);
    m_masked = false;
    if (done)
        m_log.note("logged in", m_settings.login->user);
    co_return done;
}

/// rfc4954#4
Task<Attempted<void>> Connection::exchange(wire::sasl::Client& client)
{
    std::string line = "AUTH " + std::string(wire::sasl::name(client.mechanism()));
    m_log.note("logging in", wire::sasl::name(client.mechanism()));
    if (const auto initial = client.initial())
        line += " " + (initial->empty() ? std::string("=") : *initial);
    for (int round = 0; round < 8; ++round) {
        auto reply = co_await ask(std::move(line), m_settings.relay.command_timeout);
        if (!reply)
            co_return std::unexpected(std::move(reply.error()));
        if (reply->code == 235) {
            const auto proved = client.finish();
            if (!proved)
                co_return std::unexpected(
                    trouble("4.7.0", "the server did not prove that it knows the password"));
            co_return Attempted<void>{};
        }
        if (reply->code != 334)
            co_return std::unexpected(refused(*reply));
        auto response = client.respond(reply->lines.empty() ? std::string() : reply->lines.back());
        if (!response) {
            m_log.error(response.error().cause);
            co_return std::unexpected(trouble("4.7.0", "login failed: " + response.error().cause));
        }
        line = std::move(*response);
    }
    co_return std::unexpected(trouble("4.7.0", "the login never ends"));
}

void Connection::add(std::string_view line)
{
    m_channel.write(line);
    m_channel.write("\r\n");
    if (m_masked)
        m_log.sent_masked("AUTH");
    else
        m_log.sent(line);
}

Task<Attempted<void>> Connection::flush(std::chrono::milliseconds wait)
{
    auto sent = co_await m_channel.flush(net::Deadline::after(wait));
    if (!sent)
        co_return std::unexpected(lost(sent.error(), "sending"));
    co_return Attempted<void>{};
}

Task<Attempted<ReceivedReply>> Connection::read(std::string_view after, std::chrono::milliseconds wait)
{
    const std::string doing(after);
    const net::Deadline deadline = net::Deadline::after(wait);
    wire::smtp::ReplyParser parser;
    std::uint64_t bytes = 0;
    for (;;) {
        auto line = co_await m_channel.read_line({4096}, deadline);
        if (!line)
            co_return std::unexpected(lost(line.error(), doing));
        if (m_masked)
            m_log.received_masked(line->text.substr(0, 3));
        else
            m_log.received(line->text);
        bytes += line->text.size();
        const auto progress = parser.add(line->text);
        if (!progress || bytes > m_settings.relay.max_reply_size) {
            break_off("unreadable reply");
            co_return std::unexpected(trouble("4.5.0", "unreadable reply to " + doing));
        }
        if (*progress == wire::smtp::ReplyParser::Progress::done)
            break;
    }
    ReceivedReply reply = parser.take();
    if (reply.code == 421)
        m_usable = false;
    co_return reply;
}

Task<Attempted<ReceivedReply>> Connection::ask(std::string line, std::chrono::milliseconds wait)
{
    const std::string verb = m_masked ? "AUTH" : line.substr(0, line.find(' '));
    add(line);
    auto sent = co_await flush(wait);
    if (!sent)
        co_return std::unexpected(std::move(sent.error()));
    auto reply = co_await read(verb, wait);
    co_return reply;
}

Task<void> Connection::quit()
{
    if (m_usable) {
        auto reply = co_await ask("QUIT", m_settings.relay.quit_timeout);
        if (reply)
            break_off("quit");
    }
    break_off("closed");
}

} // namespace mansio::relay
