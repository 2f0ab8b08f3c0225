#include "queue/schedule.h"

#include <algorithm>

namespace mansio::queue {
namespace {

/// An unreachable destination is probed at least this often: its mail should leave within the hour it is
/// back.
constexpr Millis longest_pause = 3'600'000;

Millis doubled(Millis first, std::uint32_t times, Millis longest)
{
    Millis wait = std::max<Millis>(first, 1);
    for (std::uint32_t i = 0; i < times && wait < longest; ++i)
        wait *= 2;
    return std::min(wait, std::max(first, longest));
}

} // namespace

Millis retry_delay(const RetryPolicy& policy, std::uint32_t attempts, double random)
{
    const Millis wait = doubled(policy.first, attempts > 0 ? attempts - 1 : 0, policy.longest);
    return wait + static_cast<Millis>(static_cast<double>(wait) * policy.jitter * random);
}

/// The time that everything in here is kept in: the wall clock's, but never set back by more than a moment.
Millis Schedule::steady(Millis now)
{
    constexpr Millis moment = 1000; // callers may ask the clock in one order and come in another
    if (now + m_ahead < m_latest - moment)
        m_ahead = m_latest - now;
    m_latest = std::max(m_latest, now + m_ahead);
    return now + m_ahead;
}

Schedule::Lane& Schedule::lane(const std::string& name)
{
    auto& slot = m_lanes[name];
    if (!slot) {
        slot = std::make_unique<Lane>();
        slot->name = name;
    }
    return *slot;
}

void Schedule::configure(RetryPolicy policy, LaneLimits limits)
{
    m_policy = policy;
    m_limits = limits;
    for (auto& [name, lane] : m_lanes)
        relist(*lane);
}

unsigned Schedule::limit_of(const Lane& lane) const
{
    return lane.failures > 0 ? 1 : std::max(1U, m_limits.per_lane);
}

bool Schedule::may_start(const Lane& lane, Millis now) const
{
    return !lane.waiting.empty() && lane.active < limit_of(lane) &&
           std::max(lane.waiting.begin()->first, lane.paused_until) <= now;
}

/// Puts the lane where next_due() and take() find it: in m_heads, unless it is waiting for its turn already.
void Schedule::relist(Lane& lane)
{
    if (lane.listed_at)
        m_heads.erase({*lane.listed_at, &lane});
    lane.listed_at.reset();
    if (lane.ready || lane.waiting.empty() || lane.active >= limit_of(lane))
        return;
    lane.listed_at = std::max(lane.waiting.begin()->first, lane.paused_until);
    m_heads.insert({*lane.listed_at, &lane});
}

void Schedule::forget_if_idle(Lane& lane)
{
    if (lane.waiting.empty() && lane.active == 0 && !lane.ready && lane.failures == 0)
        m_lanes.erase(std::string(lane.name));
}

void Schedule::put(const std::string& name, Entry entry)
{
    remove(entry.id, entry.recipient);
    entry.due += m_ahead;
    Lane& target = lane(name);
    target.waiting.insert({entry.due, {entry.id.value, entry.recipient}});
    target.by_message[entry.id.value].insert({entry.recipient, entry.due});
    m_where[{entry.id.value, entry.recipient}] = {&target, entry.due};
    relist(target);
}

void Schedule::drop(Lane& lane, const Key& key, Millis due)
{
    lane.waiting.erase({due, key});
    const auto message = lane.by_message.find(key.first);
    message->second.erase({key.second, due});
    if (message->second.empty())
        lane.by_message.erase(message);
    m_where.erase(key);
}

void Schedule::remove(QueueId id, std::uint32_t recipient)
{
    const auto found = m_where.find({id.value, recipient});
    if (found == m_where.end())
        return;
    Lane& lane = *found->second.lane;
    drop(lane, found->first, found->second.due);
    relist(lane);
    forget_if_idle(lane);
}

/// The oldest due recipient of the lane and the others of its message: those due within a quarter of the
/// first retry come along, because one transaction costs less than two.
Attempt Schedule::start(Lane& lane, Millis now)
{
    const std::uint64_t message = lane.waiting.begin()->second.first;
    const Millis until = now + m_policy.first / 4;
    Attempt attempt{.lane = lane.name, .id = QueueId{message}, .recipients = {}, .serial = ++m_serial};
    std::vector<std::pair<Key, Millis>> taken;
    for (const auto& [recipient, due] : lane.by_message[message])
        if (due <= until && taken.size() < std::max(1U, m_limits.recipients))
            taken.push_back({{message, recipient}, due});
    for (const auto& [key, due] : taken) {
        attempt.recipients.push_back(key.second);
        drop(lane, key, due);
    }
    ++lane.active;
    ++m_active;
    return attempt;
}

std::vector<Attempt> Schedule::take(Millis now)
{
    now = steady(now);
    while (!m_heads.empty() && m_heads.begin()->first <= now) {
        Lane* lane = m_heads.begin()->second;
        m_heads.erase(m_heads.begin());
        lane->listed_at.reset();
        lane->ready = true;
        m_ready.push_back(lane);
    }
    std::vector<Attempt> attempts;
    while (!m_ready.empty() && m_active < std::max(1U, m_limits.total)) {
        Lane& lane = *m_ready.front();
        m_ready.pop_front();
        lane.ready = false;
        if (may_start(lane, now))
            attempts.push_back(start(lane, now));
        if (may_start(lane, now)) {
            lane.ready = true;
            m_ready.push_back(&lane);
        }
        relist(lane);
        forget_if_idle(lane);
    }
    return attempts;
}

std::optional<Attempt> Schedule::take_more(const std::string& name, Millis now)
{
    now = steady(now);
    const auto found = m_lanes.find(name);
    if (found == m_lanes.end())
        return std::nullopt;
    Lane& lane = *found->second;
    // The last free slot goes to a lane that waits for its turn.
    const bool others =
        std::ranges::any_of(m_ready, [&](const Lane* other) { return other != &lane; }) ||
        (!m_heads.empty() && m_heads.begin()->first <= now && m_heads.begin()->second != &lane);
    if (!may_start(lane, now) || (m_active + 1 >= m_limits.total && others))
        return std::nullopt;
    Attempt attempt = start(lane, now);
    relist(lane);
    return attempt;
}

void Schedule::finished(const std::string& name, LaneVerdict verdict, Millis now)
{
    const auto found = m_lanes.find(name);
    if (found == m_lanes.end() || found->second->active == 0)
        return;
    Lane& lane = *found->second;
    now = steady(now);
    --lane.active;
    --m_active;
    if (verdict == LaneVerdict::reached) {
        lane.failures = 0;
        lane.paused_until = 0;
    } else if (verdict == LaneVerdict::unreachable && now >= lane.paused_until) {
        // Attempts that were under way together count as one failure.
        lane.paused_until =
            now + doubled(m_policy.first, lane.failures, std::min(m_policy.longest, longest_pause));
        ++lane.failures;
    }
    relist(lane);
    forget_if_idle(lane);
}

void Schedule::wake(const std::string& name)
{
    const auto found = m_lanes.find(name);
    if (found == m_lanes.end())
        return;
    Lane& lane = *found->second;
    lane.failures = 0;
    lane.paused_until = 0;
    relist(lane);
    forget_if_idle(lane);
}

std::optional<Millis> Schedule::next_due() const
{
    if (m_active >= std::max(1U, m_limits.total))
        return std::nullopt;
    if (!m_ready.empty())
        return 0;
    if (m_heads.empty())
        return std::nullopt;
    return m_heads.begin()->first - m_ahead;
}

} // namespace mansio::queue
