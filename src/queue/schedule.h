#pragma once
#include "queue/envelope.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace mansio::queue {

/// When to try again. Milliseconds.
struct RetryPolicy {
    Millis first = 300'000;        ///< 5 min: what greylisting hosts ask for, and what postfix does
    Millis longest = 7'200'000;    ///< 2 h: rfc5321#4.5.4.1 suggests every two or three hours in the long run
    Millis lifetime = 432'000'000; ///< 5 days: rfc5321#4.5.4.1 asks for at least 4 to 5
    Millis delay_warning = 14'400'000; ///< 4 h, as most servers; 0: never
    double jitter = 0.2; ///< up to this share is added, so that a backlog does not return as one wave
};

/// The wait after the `attempts`-th failed attempt (1 = first): doubles from `first` to `longest`, plus
/// jitter. `random` is in [0, 1).
Millis retry_delay(const RetryPolicy& policy, std::uint32_t attempts, double random);

struct LaneLimits {
    unsigned per_lane =
        5; ///< sessions to one destination at a time; postfix's default is 20, many hosts allow 10
    unsigned total = 50;       ///< sessions in all
    unsigned recipients = 100; ///< of one transaction; rfc5321#4.5.3.1.8 lets every server take 100
};

/// One recipient as the schedule sees it.
struct Entry {
    QueueId id;
    std::uint32_t recipient = 0;
    Millis due = 0;
};

/// Who is to be tried now: recipients of one message that share a lane, one transaction.
struct Attempt {
    std::string lane;
    QueueId id;
    std::vector<std::uint32_t> recipients;
    std::uint64_t serial = 0; ///< unlike any other attempt's
};

/// How an attempt ended for its lane as a whole.
enum class LaneVerdict {
    reached,     ///< the destination answered: the lane is healthy
    unreachable, ///< nobody answered, or everybody turned us away: leave the lane alone for a while
    not_tried,   ///< says nothing about the destination
};

/// Chooses what to try next. A value without clock, disk or socket: the same calls give the same answers. One
/// lane per destination; lanes take turns, each within its own limit, so a slow or dead one holds up nobody
/// else. Every operation is logarithmic in what waits. Times are of the wall clock. When that is set back,
/// what waits keeps the rest of its wait, which began under the old time.
class Schedule {
public:
    Schedule(RetryPolicy policy, LaneLimits limits)
        : m_policy(policy)
        , m_limits(limits)
    {
    }

    void configure(RetryPolicy policy, LaneLimits limits);

    /// Adds a waiting recipient, or moves it to a new due time or lane.
    void put(const std::string& lane, Entry entry);
    /// No longer waiting (held, parked, deleted, done). An attempt under way goes on.
    void remove(QueueId id, std::uint32_t recipient);

    /// What to start now. Its recipients leave the waiting set; the lane's slot stays taken until finished().
    std::vector<Attempt> take(Millis now);
    /// One more for a lane that has a free slot (a connection to be used again), unless other lanes wait for
    /// slots.
    std::optional<Attempt> take_more(const std::string& lane, Millis now);
    /// Frees the slot. An unreachable lane is left alone for a growing while, then probed by one attempt.
    void finished(const std::string& lane, LaneVerdict verdict, Millis now);
    /// Lifts the pause of an unreachable lane (a person asked for a retry).
    void wake(const std::string& lane);

    /// When take() can next return something if nothing else happens; nothing when all waits for events.
    std::optional<Millis> next_due() const;
    std::size_t waiting() const { return m_where.size(); }
    std::size_t active() const { return m_active; }
    std::size_t lanes() const { return m_lanes.size(); }

private:
    using Key = std::pair<std::uint64_t, std::uint32_t>; ///< message, recipient
    using Place = std::pair<Millis, Key>;                ///< due, whose
    struct Lane {
        std::string name;
        std::set<Place> waiting;
        std::map<std::uint64_t, std::set<std::pair<std::uint32_t, Millis>>> by_message;
        unsigned active = 0;
        unsigned failures = 0; ///< in a row
        Millis paused_until = 0;
        std::optional<Millis> listed_at; ///< its place in m_heads
        bool ready = false;              ///< in m_ready
    };
    struct Where {
        Lane* lane;
        Millis due;
    };

    Millis steady(Millis now);
    Lane& lane(const std::string& name);
    void relist(Lane& lane);
    void forget_if_idle(Lane& lane);
    void drop(Lane& lane, const Key& key, Millis due);
    unsigned limit_of(const Lane& lane) const;
    bool may_start(const Lane& lane, Millis now) const;
    Attempt start(Lane& lane, Millis now);

    RetryPolicy m_policy;
    LaneLimits m_limits;
    std::unordered_map<std::string, std::unique_ptr<Lane>> m_lanes;
    std::set<std::pair<Millis, Lane*>>
        m_heads;               ///< lanes that have something and a free slot, by when they may start
    std::deque<Lane*> m_ready; ///< lanes whose time has come, in turn
    std::map<Key, Where> m_where;
    std::size_t m_active = 0;
    std::uint64_t m_serial = 0;
    Millis m_latest = 0; ///< the latest steady() time seen
    Millis m_ahead = 0;  ///< steady() time less the wall clock: how far that was set back in all
};

} // namespace mansio::queue
