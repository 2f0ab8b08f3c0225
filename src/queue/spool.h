#pragma once
#include "base/sync.h"
#include "queue/envelope.h"
#include "queue/schedule.h"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

namespace mansio::queue {

struct SpoolSettings {
    RetryPolicy retry;
    LaneLimits limits;
    /// The lane of recipients without a route of their own: "" is their own domain (MX), otherwise the
    /// smarthost.
    std::string default_route;
};

/// One recipient of a message, or all of them.
struct Target {
    QueueId id;
    std::optional<std::uint32_t> recipient;
};

/// How one attempt ended for one recipient.
struct Result {
    enum class Kind {
        delivered, ///< the remote took it, and with it the duty to report success if it was asked for
        relayed,   ///< the remote took it but knows no DSN: success is ours to report, rfc3461#5.2.2
        deferred,  ///< try again
        failed,    ///< never
    };
    Kind kind = Kind::deferred;
    int code = 0;          ///< the reply's, 0 when there was none
    std::string status{};  ///< "5.1.1"; may be ""
    std::string text{};    ///< the remote's words, or ours
    std::string remote{};  ///< "mx.example [192.0.2.1]"
    std::string session{}; ///< the relay session's id, for the journey
};

/// What a recipient became.
enum class Became {
    gone,      ///< its record is erased
    waiting,   ///< its next attempt is scheduled
    parked,    ///< failed, and there is no sender to tell
    returning, ///< final, a report is owed (see take_reports())
    unchanged, ///< somebody else settled it meanwhile
};

/// What a change means for a recipient's journey.
enum class Happened {
    deferred,  ///< tried in vain, or the attempt could not be made
    delivered, ///< taken by the next server
    failed,    ///< for good; a report is owed, or nobody wants one
    returned,  ///< its failure report was handed over
    parked,    ///< neither deliverable nor returnable
    held,      ///< by a person
    released,  ///< by a person: also retry and reroute
    removed,   ///< by a person
};

/// Adds its own writes (the journey) to the commit of a change; sees the recipient as it will be. Called on
/// any thread.
using Witness = std::function<void(storage::Batch&, const QueuedMessage&, const Recipient&, Happened)>;

/// The reports one message owes, taken out to be written. While it exists no other write to the message
/// happens.
struct ReportDuty {
    base::AsyncMutex::Held held;
    QueuedMessage message; ///< its recipients are all that are left, owed or not
};

/// What the queue holds, for status pages.
struct SpoolCounts {
    std::size_t messages = 0;
    std::size_t waiting = 0; ///< recipients, attempts under way included
    std::size_t held = 0;
    std::size_t parked = 0;
    std::size_t done = 0;
    std::size_t active = 0; ///< attempts under way
};

/// The durable queue. Thread-safe; coroutines resume where they were called. Engine and clock outlive it.
class Spool {
public:
    Spool(storage::Engine& engine, const base::Clock& clock, SpoolSettings settings = {});

    /// Reads the whole queue into the schedule. Once, before anything else but reserve(). Recipients whose
    /// attempt was under way at a crash come back at the time recorded before that attempt.
    Task<Outcome<void>> load();
    /// Once, before load().
    void set_witness(Witness witness) { m_witness = std::move(witness); }
    /// New settings (reload): lanes and limits change at once, recorded times stay.
    void configure(SpoolSettings settings);

    // The way in, for intake: reserve, enqueue into the message's one batch, commit, committed.

    /// A new id: ordered by time, never that of a message in the queue.
    QueueId reserve();
    /// Adds the writes: the records and one reference to the blob. Nothing else changes.
    void enqueue(storage::Batch& batch, const NewMessage& message) const;
    /// Call after that batch is durable: the message is scheduled at once.
    void committed(const NewMessage& message);

    // The driver's side.

    /// Raised when take(), next_due() or take_reports() may answer anew.
    base::Signal& changed() { return m_changed; }
    /// Attempts to start now; each must end in finished().
    std::vector<Attempt> take();
    std::optional<Millis> next_due() const;
    /// Records the attempt (count, time, and when the next would be), durable soon, and returns the message
    /// with those recipients that still want it: none means there is nothing to do. Before any dialling.
    Task<Outcome<QueuedMessage>> begin(Attempt attempt);
    /// Records a recipient's result, durable soon. A delivered one is erased, with the message when it was
    /// the last; a deferred one past its lifetime is failed instead.
    Task<Outcome<Became>> record(QueueId id, std::uint32_t recipient, Result result);
    /// The end of an attempt, always. Recipients of it without a result come back at the time begin()
    /// recorded.
    void finished(const Attempt& attempt, LaneVerdict verdict);
    /// The same for an attempt that reached its destination over a connection that is still good: its slot
    /// goes to the lane's next due attempt, if there is one and no other lane has to wait for it.
    std::optional<Attempt> finished_and_next(const Attempt& attempt);

    /// Messages that owe reports, each returned once until it is asked for again by report_later() or a new
    /// result.
    std::vector<QueueId> take_reports();
    /// Locks the message and reads it. Fault::not_found when it is gone.
    Task<Outcome<ReportDuty>> begin_report(QueueId id);
    /// The writes that settle these recipients' reports: done ones are erased (with the message when nobody
    /// is left), delayed ones marked. To be joined into the report's own commit; then call reported().
    storage::Batch settle(const ReportDuty& duty, const std::vector<std::uint32_t>& recipients) const;
    void reported(ReportDuty& duty, const std::vector<std::uint32_t>& recipients);
    /// The report can be handed to nobody: these recipients are parked, durably, with the reason.
    Task<Outcome<void>> park(ReportDuty& duty, std::vector<std::uint32_t> recipients, std::string reason);
    /// The report could not be handed over just now: take_reports() returns the message again after `wait`.
    void report_later(QueueId id, Millis wait);

    /// For mail that goes to a mailbox here: the writes of a `delivered` result, to be joined into the
    /// delivery's own commit; then call delivered(). The duty has the recipient.
    storage::Batch deliver(const ReportDuty& duty, std::uint32_t recipient, const Result& result) const;
    void delivered(ReportDuty& duty, std::uint32_t recipient);

    // A person's side. Each is durable when it returns; Fault::not_found when there is no such recipient, and
    // Fault::refused when its state does not allow it.

    Task<Outcome<void>> hold(Target target);
    Task<Outcome<void>> release(Target target);
    /// Waiting or parked ones are due at once; their lifetime starts anew if it was over.
    Task<Outcome<void>> retry(Target target);
    /// As retry, over another host: "host", "host:port" or "[address]:port"; "" back to the normal way.
    Task<Outcome<void>> reroute(Target target, std::string route);
    /// Failed for good, and returned to the sender with this reason.
    Task<Outcome<void>> bounce(Target target, std::string reason);
    /// Erased, nobody is told.
    Task<Outcome<void>> remove(Target target);

    Task<Outcome<QueuedMessage>> show(QueueId id);
    /// Oldest first, at most `limit`, ids greater than `after`.
    Task<Outcome<std::vector<QueuedMessage>>> list(std::size_t limit = 1000, QueueId after = {});
    SpoolCounts counts() const;
    SpoolSettings settings() const;

    /// Checks: every recipient has its message and every message a recipient; every record can be read. Also
    /// says which blobs the queue references, for the store's own count.
    struct Audit {
        std::vector<std::string> problems;
        std::map<storage::BlobId, std::int64_t> references;
    };
    Task<Outcome<Audit>> check_consistency();

private:
    struct Known { ///< what memory keeps of a recipient
        RecipientState state = RecipientState::waiting;
        Owed owed = Owed::nothing;
        std::string lane;
        std::string domain;
        Millis due = 0;
        std::uint64_t active = 0; ///< serial of the attempt under way, or 0
    };
    using KnownMessage = std::map<std::uint32_t, Known>;
    /// One recipient's part of a commit.
    struct Step {
        Recipient after;
        bool erase = false;
        bool ends_attempt = false;
        std::optional<Happened> happened;
    };
    enum class Change { hold, release, retry, reroute, bounce, remove };
    struct Order {
        Change change;
        std::string text;
    };

    base::AsyncMutex& stripe(QueueId id) { return m_stripes[id.value % m_stripes.size()]; }
    std::string lane_of(const Recipient& recipient) const;
    Millis expiry_of(const Envelope& envelope) const;
    Millis next_attempt(const Envelope& envelope, QueueId id, std::uint32_t attempts) const;

    Task<Outcome<QueuedMessage>> read(QueueId id);
    Task<Outcome<QueuedMessage>> record_attempt(const Attempt& attempt);
    Task<Outcome<void>> store(QueuedMessage message, std::vector<Step> steps, storage::Batch batch = {});
    static std::vector<Recipient> fresh(const NewMessage& message);
    void mark_active(const Attempt& attempt);
    void wake_lanes(const std::vector<Step>& steps);
    void add_writes(storage::Batch& batch, const QueuedMessage& message,
                    const std::vector<Step>& steps) const;
    void apply(QueueId id, const std::vector<Step>& steps);
    void learn(QueueId id, const Recipient& recipient, bool ends_attempt);
    void forget(QueueId id, std::uint32_t recipient);
    void end_attempt(const Attempt& attempt);
    void count(const Known& known, int by);

    Step result_step(const QueuedMessage& message, Recipient recipient, const Result& result) const;
    Step deferred_step(const QueuedMessage& message, Recipient recipient) const;
    Step failed_step(const QueuedMessage& message, Recipient recipient) const;
    std::vector<Step> settling_steps(const ReportDuty& duty,
                                     const std::vector<std::uint32_t>& recipients) const;
    Task<Outcome<void>> change(Target target, Order order);
    Outcome<Step> changed(const QueuedMessage& message, Recipient recipient, const Order& order) const;

    storage::Engine& m_engine;
    const base::Clock& m_clock;
    Witness m_witness;
    base::Signal m_changed;
    std::array<base::AsyncMutex, 64> m_stripes;

    mutable std::mutex m_mutex; ///< guards what follows; never held over a wait
    SpoolSettings m_settings;
    Schedule m_schedule;
    std::map<QueueId, KnownMessage> m_known;
    std::set<std::pair<Millis, QueueId>> m_reports; ///< when, whose
    std::uint64_t m_last_id = 0;
    SpoolCounts m_counts;
};

} // namespace mansio::queue
