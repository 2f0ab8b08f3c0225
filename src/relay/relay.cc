#include "relay/relay.h"

#include "base/log.h"

namespace mansio::relay {
namespace {

/// Even if no event and no due time comes: a look at the queue now and then costs nothing and heals a wall
/// clock that was set back.
constexpr std::chrono::milliseconds longest_sleep = std::chrono::minutes(10);

} // namespace

queue::SpoolSettings spool_settings(const config::RelaySettings& settings)
{
    queue::SpoolSettings spool;
    spool.retry.first = settings.first_retry.count();
    spool.retry.longest = settings.max_retry.count();
    spool.retry.lifetime = settings.lifetime.count();
    spool.retry.delay_warning = settings.delay_warning.count();
    spool.limits.per_lane = settings.max_connections_per_destination;
    spool.limits.total = settings.max_connections;
    spool.limits.recipients = settings.max_recipients;
    spool.default_route = settings.smarthost;
    return spool;
}

Relay::Relay(Parts parts, Settings settings)
    : m_parts(std::move(parts))
    , m_settings(std::make_shared<const Settings>(std::move(settings)))
{
}

Relay::~Relay() = default;

std::shared_ptr<const Relay::Settings> Relay::settings() const
{
    std::lock_guard lock(m_mutex);
    return m_settings;
}

void Relay::configure(Settings settings)
{
    m_parts.spool.configure(spool_settings(settings.relay));
    auto fresh = std::make_shared<const Settings>(std::move(settings));
    std::lock_guard lock(m_mutex);
    m_settings = std::move(fresh);
}

void Relay::start(net::Loop& loop)
{
    m_loop = &loop;
    m_running = true;
    base::spawn(loop, run(), "relay");
}

void Relay::spawn_work(Task<void> task, std::string_view what)
{
    ++m_working;
    base::spawn(*m_loop, std::move(task), what, [this] {
        --m_working;
        m_quiet.raise();
    });
}

void Relay::take_due()
{
    for (queue::Attempt& attempt : m_parts.spool.take())
        spawn_work(work(std::move(attempt)), "relay attempt");
    for (const queue::QueueId id : m_parts.spool.take_reports())
        m_reports_due.push_back(id);
    start_reports();
}

Task<void> Relay::run()
{
    while (!m_stopping) {
        m_parts.spool.changed().take();
        take_due();
        std::chrono::milliseconds wait = longest_sleep;
        if (const auto due = m_parts.spool.next_due()) {
            const base::Millis ahead = std::max<base::Millis>(0, *due - m_parts.clock.now_millis());
            wait = std::min(wait, std::chrono::milliseconds(ahead));
        }
        net::Deadline deadline = net::Deadline::after(wait);
        if (const auto idle_until = sweep_idle())
            deadline.at = std::min(deadline.at, *idle_until);
        co_await net::wait_signal(m_parts.spool.changed(), deadline);
    }
    m_running = false;
    m_quiet.raise();
}

Task<void> Relay::stop(net::Deadline deadline)
{
    m_stopping = true;
    m_parts.spool.changed().raise();
    m_idle.clear();
    while ((m_working > 0 || m_running) && !deadline.passed()) {
        m_quiet.take();
        co_await net::wait_signal(m_quiet, deadline);
    }
    // What is left waits for a remote host: it ends at once when the connections do, and records what it
    // knows.
    while (m_working > 0 || m_running) {
        m_connections.close_all();
        m_quiet.take();
        co_await net::wait_signal(m_quiet, net::Deadline::after(std::chrono::milliseconds(100)));
    }
}

} // namespace mansio::relay
