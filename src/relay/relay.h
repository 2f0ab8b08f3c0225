#pragma once
#include "config/relay_settings.h"
#include "net/connections.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "queue/dsn.h"
#include "queue/spool.h"
#include "relay/connection.h"
#include "relay/house.h"
#include "relay/route.h"
#include "relay/transaction.h"
#include "trace/recorder.h"

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace mansio::relay {

/// The queue's settings as [relay] says them.
queue::SpoolSettings spool_settings(const config::RelaySettings& settings);

/// The driver: takes attempts and reports from the spool when they are due, and works them off. Lives on one
/// loop, sleeps until the next due time or until the spool says that something changed.
class Relay {
public:
    struct Parts {
        storage::Engine& engine;
        queue::Spool& spool;
        net::Resolver& resolver;
        House& house;
        const base::Clock& clock;
        trace::Recorder* recorder = nullptr;     ///< may be null; journeys: journey_witness()
        std::optional<net::TlsContext> tls = {}; ///< client context; without one nothing is encrypted
    };
    struct Settings {
        config::RelaySettings relay;
        std::string hostname;
    };

    Relay(Parts parts, Settings settings);
    /// After stop() has ended.
    ~Relay();

    /// Starts working on `loop`. The spool is loaded already.
    void start(net::Loop& loop);
    /// Takes nothing new, lets what is under way finish until the deadline, then breaks it off; every result
    /// that was had is recorded. Await on the loop of start().
    Task<void> stop(net::Deadline deadline);
    /// New settings, for what begins from now on; also tells the spool. From any thread.
    void configure(Settings settings);

private:
    /// An open connection that waits for more mail to its lane.
    struct Idle {
        std::unique_ptr<Connection> connection;
        unsigned messages = 0;
        base::SteadyTime until{};
    };
    /// An attempt's connection, and what it came from.
    struct Line {
        std::unique_ptr<Connection> connection;
        unsigned messages = 0; ///< sent over it
    };

    std::shared_ptr<const Settings> settings() const;
    Task<void> run();
    void take_due();

    // attempt.cc: one attempt after the other over one connection.
    Task<void> work(queue::Attempt attempt);
    Task<queue::LaneVerdict> make_attempt(const queue::Attempt& attempt, Line& line);
    Task<queue::LaneVerdict> deliver(queue::QueuedMessage message, std::string lane, Line& line);
    Task<bool> send(queue::QueuedMessage& message, Line& line);
    Task<void> settle_all(const queue::QueuedMessage& message, queue::Result result);
    Task<void> record(const queue::QueuedMessage& message, Settled settled);
    Task<void> deliver_at_home(queue::QueuedMessage& message);
    Task<Outcome<void>> take_home(const queue::QueuedMessage& message, std::uint32_t recipient);
    Task<Attempted<Plan>> plan(const std::string& lane, const Settings& settings,
                               const queue::QueuedMessage& message);
    Task<Attempted<std::unique_ptr<Connection>>> connect(RouteHost host, net::Address address, bool smarthost,
                                                         bool require_tls);
    Line take_idle(const std::string& lane);
    void keep_idle(std::string lane, Line line);
    Task<void> say_goodbye(std::unique_ptr<Connection> connection);
    /// Ends those that waited long enough; says when the next will have.
    std::optional<base::SteadyTime> sweep_idle();
    bool may_reuse(const Line& line) const;

    // report.cc
    void start_reports();
    Task<void> work_off_reports();
    Task<void> report(queue::QueueId id);
    Task<bool> report_kind(queue::ReportDuty& duty, queue::Owed kind);
    Task<Outcome<queue::Report>> compose(const queue::QueuedMessage& message,
                                         std::vector<std::uint32_t> about, queue::Owed kind);
    Task<bool> settle_report(queue::ReportDuty& duty, std::vector<std::uint32_t> about);

    void spawn_work(Task<void> task, std::string_view what);

    Parts m_parts;
    mutable std::mutex m_mutex;
    std::shared_ptr<const Settings> m_settings; ///< under m_mutex
    net::Loop* m_loop = nullptr;
    bool m_stopping = false;
    bool m_running = false;
    std::size_t m_working = 0; ///< coroutines under way, run() not counted
    base::Signal m_quiet;      ///< raised when one of them ends
    std::deque<queue::QueueId> m_reports_due;
    std::size_t m_reporting = 0;                                    ///< coroutines that work these off
    net::Connections m_connections{{.total = 0, .per_network = 0}}; ///< every open one, for stop()
    std::map<std::string, Idle> m_idle;
};

} // namespace mansio::relay
