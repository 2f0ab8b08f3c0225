#include "app/server.h"

#include "admin/control_server.h"
#include "app/certificates.h"
#include "app/chores.h"
#include "app/listeners.h"
#include "config/restart.h"
#include "imapd/imapd.h"
#include "intake/budget.h"
#include "pop3d/server.h"
#include "relay/house.h"
#include "relay/relay.h"
#include "smtpd/server.h"

#include <fmt/format.h>

namespace mansio::app {
namespace {

using base::Level;
using base::Outcome;
using base::Task;
using config::ListenerProtocol;
using SettingsPtr = std::shared_ptr<const config::Settings>;

net::ResolverSettings resolver_settings(const config::DnsSettings& dns)
{
    net::ResolverSettings settings;
    settings.timeout = dns.timeout;
    settings.cache_bytes = dns.cache;
    settings.max_ttl = std::chrono::duration_cast<std::chrono::seconds>(dns.max_ttl);
    for (const std::string& server : dns.servers) {
        const auto address = net::Address::parse(server);
        settings.servers.push_back(address ? fmt::format("{}@{}", address->ip(), address->port()) : server);
    }
    return settings;
}

/// The settings in force. Readers take a pointer once per session.
class CurrentSettings {
public:
    explicit CurrentSettings(SettingsPtr settings)
        : m_settings(std::move(settings))
    {
    }
    SettingsPtr get() const
    {
        std::lock_guard lock(m_mutex);
        return m_settings;
    }
    void set(SettingsPtr settings)
    {
        std::lock_guard lock(m_mutex);
        m_settings = std::move(settings);
    }

private:
    mutable std::mutex m_mutex;
    SettingsPtr m_settings;
};

net::ConnectionLimits limits(std::uint32_t total, std::uint32_t per_address)
{
    return {total, per_address};
}

} // namespace

struct Server::Parts {
    Parts(SettingsPtr initial, LogWriter& writer, std::unique_ptr<House> opened)
        : at_start(initial)
        , settings(std::move(initial))
        , log(writer)
        , house(std::move(opened))
        , memory(settings.get()->server.memory_budget)
        , started(house->clock().now_millis())
    {
    }

    const SettingsPtr at_start;
    CurrentSettings settings;
    LogWriter& log;
    std::unique_ptr<House> house;
    intake::MemoryBudget memory;
    base::Millis started;
    std::unique_ptr<net::TlsCertificates> certificates;
    std::unique_ptr<net::Resolver> resolver;
    net::Connections smtp_connections;
    net::Connections imap_connections;
    net::Connections pop3_connections;
    net::Connections control_connections;
    std::unique_ptr<smtpd::Dependencies> smtp;
    std::unique_ptr<imapd::Imapd> imap;
    std::unique_ptr<pop3d::Dependencies> pop3;
    std::unique_ptr<relay::IntakeHouse> relay_house;
    std::unique_ptr<relay::Relay> relay;
    base::Signal stop_chores;
    base::Promise<bool> chores_ended;
    Listeners listeners;

    Outcome<void> open_doors();
    void make_protocols();
    Outcome<void> make_relay();
    SessionMaker session_for(const config::ListenerSettings& listener);
    void apply_limits();
    boost::json::object status() const;
    std::vector<net::Connections*> all_connections()
    {
        return {&smtp_connections, &imap_connections, &pop3_connections, &control_connections};
    }
};

Outcome<void> Server::Parts::open_doors()
{
    const SettingsPtr now = settings.get();
    if (!now->tls.certificate.empty()) {
        auto opened = net::TlsCertificates::open(server_tls(now->tls));
        if (!opened)
            return base::fail(opened.error(), "reading the certificate");
        certificates = std::move(*opened);
    }
    auto made = net::make_unbound_resolver(house->loops().at(0), resolver_settings(now->dns));
    if (!made)
        return base::fail(made.error(), "starting the resolver");
    resolver = std::move(*made);
    return {};
}

void Server::Parts::make_protocols()
{
    const SettingsPtr now = settings.get();
    const auto current = [this] { return settings.get(); };
    smtp.reset(new smtpd::Dependencies{house->intake(), house->directory(), memory, house->clock(), current,
                                       certificates.get(), &smtp_connections, &house->recorder(),
                                       now->server.lab ? nullptr : resolver.get()});
    pop3.reset(new pop3d::Dependencies{house->directory(),
                                       house->accounts(),
                                       house->clock(),
                                       current,
                                       certificates.get(),
                                       &pop3_connections,
                                       &house->recorder(),
                                       {}});
    const auto current_imap = [this] {
        SettingsPtr all = settings.get();
        return std::shared_ptr<const config::ImapSettings>(all, &all->imap);
    };
    imap.reset(new imapd::Imapd{house->directory(),
                                house->accounts(),
                                &house->recorder(),
                                house->clock(),
                                memory,
                                imap_connections,
                                certificates.get(),
                                current_imap,
                                now->server.hostname,
                                now->server.lab,
                                now->accounts,
                                {},
                                now->accounts.recheck_interval,
                                [this] { return settings.get()->tls.handshake_timeout; },
                                &house->workers()});
    house->admin().server_status = [this] { return status(); };
    apply_limits();
}

Outcome<void> Server::Parts::make_relay()
{
    const SettingsPtr now = settings.get();
    auto tls = net::TlsContext::client();
    if (!tls)
        return base::fail(tls.error(), "reading the trusted certificates");
    relay_house = std::make_unique<relay::IntakeHouse>(house->intake(), house->directory());
    relay::Relay::Parts needed{house->engine(), house->spool(),     *resolver, *relay_house,
                               house->clock(),  &house->recorder(), *tls};
    relay = std::make_unique<relay::Relay>(std::move(needed),
                                           relay::Relay::Settings{now->relay, now->server.hostname});
    return {};
}

void Server::Parts::apply_limits()
{
    const SettingsPtr now = settings.get();
    smtp_connections.set_limits(limits(now->smtp.max_connections, now->smtp.max_connections_per_address));
    imap_connections.set_limits(limits(now->imap.max_connections, now->imap.max_connections_per_address));
    pop3_connections.set_limits(limits(now->pop3.max_connections, now->pop3.max_connections_per_address));
}

namespace {

Task<void> serve_smtp(net::Connections& connections, smtpd::Dependencies& server, net::Stream stream,
                      smtpd::ListenerKind kind)
{
    auto ticket = connections.admit(stream.peer());
    if (!ticket) {
        co_await smtpd::refuse_connection(std::move(stream), kind);
        co_return;
    }
    ticket->attach(stream);
    co_await smtpd::serve(server, std::move(stream), kind);
}

Task<void> serve_pop3(net::Connections& connections, pop3d::Dependencies& server, net::Stream stream,
                      pop3d::ListenerKind kind)
{
    auto ticket = connections.admit(stream.peer());
    if (!ticket) {
        co_await pop3d::refuse_connection(std::move(stream), kind);
        co_return;
    }
    ticket->attach(stream);
    co_await pop3d::serve(server, std::move(stream), kind);
}

Task<void> serve_control(net::Connections& connections, admin::Context& context, net::Stream stream)
{
    auto ticket = connections.admit(stream.peer());
    if (!ticket)
        co_return;
    ticket->attach(stream);
    co_await admin::serve_control(context, std::move(stream));
}

} // namespace

SessionMaker Server::Parts::session_for(const config::ListenerSettings& listener)
{
    const auto smtp_session = [this](smtpd::ListenerKind kind) -> SessionMaker {
        return
            [this, kind](net::Stream s) { return serve_smtp(smtp_connections, *smtp, std::move(s), kind); };
    };
    const auto imap_session = [this](imapd::ListenerKind kind) -> SessionMaker {
        return [this, kind](net::Stream s) { return imapd::serve(*imap, std::move(s), kind); };
    };
    const auto pop3_session = [this](pop3d::ListenerKind kind) -> SessionMaker {
        return
            [this, kind](net::Stream s) { return serve_pop3(pop3_connections, *pop3, std::move(s), kind); };
    };
    switch (listener.protocol) {
    case ListenerProtocol::smtp: return smtp_session(smtpd::ListenerKind::mx);
    case ListenerProtocol::submission: return smtp_session(smtpd::ListenerKind::submission);
    case ListenerProtocol::submissions: return smtp_session(smtpd::ListenerKind::submissions);
    case ListenerProtocol::lmtp: return smtp_session(smtpd::ListenerKind::lmtp);
    case ListenerProtocol::imap: return imap_session(imapd::ListenerKind::plain);
    case ListenerProtocol::imaps: return imap_session(imapd::ListenerKind::tls);
    case ListenerProtocol::pop3: return pop3_session(pop3d::ListenerKind::plain);
    case ListenerProtocol::pop3s: return pop3_session(pop3d::ListenerKind::tls);
    case ListenerProtocol::admin: break;
    }
    return [this](net::Stream s) { return serve_control(control_connections, house->admin(), std::move(s)); };
}

boost::json::object Server::Parts::status() const
{
    return {{"hostname", settings.get()->server.hostname},
            {"uptime_seconds", (house->clock().now_millis() - started) / 1000},
            {"smtp_connections", smtp_connections.count()},
            {"imap_connections", imap_connections.count()},
            {"pop3_connections", pop3_connections.count()},
            {"message_memory", memory.used()}};
}

Server::Server(std::unique_ptr<Parts> parts)
    : m_parts(std::move(parts))
{
}

namespace {

/// The listeners of the file, and the control socket if it has none of its own.
std::vector<config::ListenerSettings> with_control_socket(const config::Settings& settings)
{
    auto listeners = settings.listeners;
    for (const config::ListenerSettings& listener : listeners)
        if (listener.protocol == ListenerProtocol::admin && listener.is_unix())
            return listeners;
    config::ListenerSettings control;
    control.protocol = ListenerProtocol::admin;
    control.path = settings.admin_socket();
    listeners.push_back(control);
    return listeners;
}

} // namespace

Outcome<std::unique_ptr<Server>> Server::start(SettingsPtr settings, LogWriter& log)
{
    auto house = House::open(settings, House::Create::no);
    if (!house)
        return std::unexpected(house.error());
    auto parts = std::make_unique<Parts>(settings, log, std::move(*house));
    if (auto opened = parts->open_doors(); !opened)
        return std::unexpected(opened.error());
    parts->make_protocols();
    House& home = *parts->house;
    auto loaded = home.run(home.spool().load());
    if (!loaded)
        return base::fail(loaded.error(), "reading the queue");
    if (auto made = parts->make_relay(); !made)
        return std::unexpected(made.error());
    // Made now if there is none, not at the first login when the disk may be full. That login tries again.
    if (auto secret = home.run(home.directory().server_secret()); !secret)
        base::log(Level::warning, "app", "no server secret yet", {{"cause", secret.error().cause}});
    home.recorder().start();
    parts->relay->start(home.loops().at(0));
    base::spawn(home.loops().at(0), do_chores(home, settings, parts->stop_chores), "chores",
                [ended = parts->chores_ended] { ended.set(true); });
    std::unique_ptr<Server> server(new Server(std::move(parts)));
    Parts& own = *server->m_parts;
    auto listening = own.listeners.open(home.loops(), with_control_socket(*settings),
                                        [&own](const auto& listener) { return own.session_for(listener); });
    if (!listening)
        return std::unexpected(listening.error());
    return server;
}

namespace {

Task<void> drain(net::Connections& connections, base::Deadline deadline)
{
    connections.begin_drain();
    co_await connections.drained(deadline);
    connections.close_all();
    constexpr std::chrono::seconds last_words{2}; // closed sessions unwind at once; this is for a stuck one
    co_await connections.drained(base::Deadline::after(last_words));
}

Task<void> wait_for(base::Promise<bool> ended)
{
    co_await ended.wait();
}

} // namespace

Server::~Server()
{
    House& house = *m_parts->house;
    m_parts->listeners.stop();
    const auto deadline = base::Deadline::after(m_parts->settings.get()->server.drain_time);
    for (net::Connections* connections : m_parts->all_connections())
        connections->begin_drain();
    for (net::Connections* connections : m_parts->all_connections())
        house.run(drain(*connections, deadline));
    house.run(m_parts->relay->stop(deadline));
    m_parts->stop_chores.raise();
    house.run(wait_for(m_parts->chores_ended));
    house.admin().server_status = {};
    m_parts->relay.reset();
    m_parts->resolver.reset();
    m_parts->house.reset(); // joins the loops: nothing runs any more that could miss the rest
}

void Server::reload()
{
    const SettingsPtr before = m_parts->settings.get();
    auto fresh = config::load(before->file);
    if (!fresh) {
        base::log(Level::error, "app", "configuration not reloaded", {{"cause", fresh.error().cause}});
        return;
    }
    auto now = std::make_shared<const config::Settings>(std::move(*fresh));
    m_parts->settings.set(now);
    m_parts->log.configure(now->log);
    m_parts->house->recorder().configure(now->log);
    m_parts->apply_limits();
    m_parts->relay->configure({now->relay, now->server.hostname});
    if (m_parts->certificates && !now->tls.certificate.empty()) {
        auto reloaded = m_parts->certificates->reload(server_tls(now->tls));
        if (!reloaded)
            base::log(Level::error, "app", "certificate not reloaded", {{"cause", reloaded.error().cause}});
    }
    base::log(Level::info, "app", "configuration reloaded");
    for (const std::string& setting : config::changes_for_restart(*m_parts->at_start, *now))
        base::log(Level::warning, "app", "changed, but needs a restart", {{"setting", setting}});
}

std::chrono::milliseconds Server::certificate_check_interval() const
{
    return m_parts->settings.get()->tls.check_interval;
}

void Server::reload_certificates_if_changed()
{
    if (!m_parts->certificates)
        return;
    auto changed = m_parts->certificates->reload_if_changed();
    if (!changed)
        base::log(Level::error, "app", "certificate not reloaded", {{"cause", changed.error().cause}});
    else if (*changed)
        base::log(Level::info, "app", "certificate reloaded");
}

} // namespace mansio::app
