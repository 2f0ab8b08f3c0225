#include "queue/schedule.h"

#include <gtest/gtest.h>

namespace mansio::queue {
namespace {

constexpr RetryPolicy policy{
    .first = 1000, .longest = 8000, .lifetime = 100'000, .delay_warning = 0, .jitter = 0};

std::string show(const std::vector<Attempt>& attempts)
{
    std::string out;
    for (const Attempt& attempt : attempts) {
        out += attempt.lane + ":" + std::to_string(attempt.id.value) + "/";
        for (const auto recipient : attempt.recipients)
            out += std::to_string(recipient);
        out += " ";
    }
    return out;
}

Entry entry(std::uint64_t id, std::uint32_t recipient = 0, Millis due = 0)
{
    return {QueueId{id}, recipient, due};
}

TEST(RetryDelay, DoublesUpToTheLongest)
{
    struct Row {
        std::uint32_t attempts;
        Millis wait;
    };
    for (const Row& row : {Row{0, 1000}, Row{1, 1000}, Row{2, 2000}, Row{3, 4000}, Row{4, 8000}, Row{5, 8000},
                           Row{4'000'000'000, 8000}})
        EXPECT_EQ(retry_delay(policy, row.attempts, 0.5), row.wait) << row.attempts;
}

TEST(RetryDelay, AddsJitterAndNeverTakesAny)
{
    RetryPolicy jittery = policy;
    jittery.jitter = 0.2;
    EXPECT_EQ(retry_delay(jittery, 1, 0.0), 1000);
    EXPECT_EQ(retry_delay(jittery, 1, 0.5), 1100);
    EXPECT_EQ(retry_delay(jittery, 9, 0.999), 8000 + 1598);
}

TEST(RetryDelay, KeepsTheFirstWaitWhenTheLongestIsShorter)
{
    RetryPolicy odd = policy;
    odd.longest = 10;
    EXPECT_EQ(retry_delay(odd, 3, 0), 1000);
}

TEST(Schedule, StartsWhatIsDueAndSaysWhenTheRestIs)
{
    Schedule schedule(policy, {});
    EXPECT_EQ(schedule.next_due(), std::nullopt);
    schedule.put("a", entry(1, 0, 100));
    schedule.put("b", entry(2, 0, 300));
    EXPECT_EQ(schedule.next_due(), 100);
    EXPECT_EQ(show(schedule.take(99)), "");
    EXPECT_EQ(show(schedule.take(100)), "a:1/0 ");
    EXPECT_EQ(schedule.next_due(), 300);
    EXPECT_EQ(show(schedule.take(300)), "b:2/0 ");
    EXPECT_EQ(schedule.next_due(), std::nullopt);
    EXPECT_EQ(schedule.active(), 2U);
}

TEST(Schedule, PutsRecipientsOfAMessageInOneTransaction)
{
    Schedule schedule(policy, {.per_lane = 5, .total = 50, .recipients = 3});
    for (std::uint32_t i = 0; i < 5; ++i)
        schedule.put("a", entry(1, i));
    schedule.put("b", entry(1, 5));
    schedule.put("a", entry(2, 0));
    EXPECT_EQ(show(schedule.take(0)), "a:1/012 b:1/5 a:1/34 a:2/0 ");
}

TEST(Schedule, LetsRecipientsDueSoonComeAlong)
{
    Schedule schedule(policy, {});
    schedule.put("a", entry(1, 0, 1000));
    schedule.put("a", entry(1, 1, 1250));
    schedule.put("a", entry(1, 2, 1251));
    EXPECT_EQ(show(schedule.take(1000)), "a:1/01 ");
}

TEST(Schedule, KeepsEachLaneWithinItsLimit)
{
    Schedule schedule(policy, {.per_lane = 2, .total = 50, .recipients = 1});
    for (std::uint64_t i = 1; i <= 5; ++i)
        schedule.put("slow", entry(i));
    EXPECT_EQ(show(schedule.take(0)), "slow:1/0 slow:2/0 ");
    EXPECT_EQ(schedule.next_due(), std::nullopt);
    schedule.put("fast", entry(9));
    EXPECT_EQ(show(schedule.take(0)), "fast:9/0 ");
    schedule.finished("slow", LaneVerdict::reached, 0);
    EXPECT_EQ(schedule.next_due(), 0);
    EXPECT_EQ(show(schedule.take(0)), "slow:3/0 ");
}

TEST(Schedule, LanesTakeTurnsWhenAllSlotsAreTaken)
{
    Schedule schedule(policy, {.per_lane = 10, .total = 2, .recipients = 1});
    for (std::uint64_t i = 1; i <= 4; ++i)
        schedule.put("big", entry(i));
    schedule.put("small", entry(9));
    EXPECT_EQ(show(schedule.take(0)), "big:1/0 small:9/0 ");
    EXPECT_EQ(schedule.next_due(), std::nullopt);
    schedule.finished("big", LaneVerdict::reached, 0);
    schedule.put("small", entry(10));
    EXPECT_EQ(show(schedule.take(0)), "big:2/0 ");
    schedule.finished("big", LaneVerdict::reached, 0);
    EXPECT_EQ(show(schedule.take(0)), "small:10/0 ");
}

TEST(Schedule, LeavesAnUnreachableLaneAloneAndThenProbesIt)
{
    Schedule schedule(policy, {.per_lane = 3, .total = 50, .recipients = 1});
    for (std::uint64_t i = 1; i <= 6; ++i)
        schedule.put("dead", entry(i));
    EXPECT_EQ(schedule.take(0).size(), 3U);
    for (int i = 0; i < 3; ++i) // those under way together are one failure
        schedule.finished("dead", LaneVerdict::unreachable, 10);
    EXPECT_EQ(schedule.next_due(), 1010);
    EXPECT_EQ(show(schedule.take(1009)), "");
    EXPECT_EQ(show(schedule.take(1010)), "dead:4/0 ");
    schedule.finished("dead", LaneVerdict::unreachable, 1010);
    EXPECT_EQ(schedule.next_due(), 3010);
    EXPECT_EQ(show(schedule.take(3010)), "dead:5/0 ");
    schedule.finished("dead", LaneVerdict::reached, 3010);
    EXPECT_EQ(show(schedule.take(3010)), "dead:6/0 ");
}

TEST(Schedule, WakesAPausedLane)
{
    Schedule schedule(policy, {});
    schedule.put("dead", entry(1));
    schedule.take(0);
    schedule.finished("dead", LaneVerdict::unreachable, 0);
    schedule.put("dead", entry(1, 0, 0));
    EXPECT_EQ(show(schedule.take(0)), "");
    schedule.wake("dead");
    EXPECT_EQ(show(schedule.take(0)), "dead:1/0 ");
}

TEST(Schedule, KeepsTheRestOfAWaitWhenTheClockIsSetBack)
{
    constexpr Millis hours = 5 * 3'600'000;
    Schedule schedule(policy, {});
    schedule.put("a", entry(1, 0, hours + 4000));
    EXPECT_EQ(show(schedule.take(hours + 3000)), "");
    EXPECT_EQ(show(schedule.take(3000)), ""); // five hours back
    EXPECT_EQ(schedule.next_due(), 4000);
    schedule.put("b", entry(2, 0, 4500)); // by the clock as it is now
    EXPECT_EQ(show(schedule.take(4000)), "a:1/0 ");
    EXPECT_EQ(schedule.next_due(), 4500);
    EXPECT_EQ(show(schedule.take(4500)), "b:2/0 ");
    schedule.finished("a", LaneVerdict::unreachable, 4500);
    schedule.put("a", entry(1));
    EXPECT_EQ(schedule.next_due(), 5500);
}

TEST(Schedule, StartsWhatIsDueWhenTheClockIsSetForward)
{
    Schedule schedule(policy, {});
    schedule.put("a", entry(1, 0, 4000));
    EXPECT_EQ(show(schedule.take(3000)), "");
    EXPECT_EQ(show(schedule.take(10'000'000)), "a:1/0 ");
    EXPECT_EQ(show(schedule.take(3000)), ""); // and back
    schedule.put("a", entry(1, 0, 5000));
    EXPECT_EQ(show(schedule.take(4999)), "");
    EXPECT_EQ(show(schedule.take(5000)), "a:1/0 ");
}

TEST(Schedule, ForgetsWhatIsRemoved)
{
    Schedule schedule(policy, {.per_lane = 1, .total = 1, .recipients = 1});
    schedule.put("a", entry(1));
    schedule.put("b", entry(2));
    schedule.put("c", entry(3));
    EXPECT_EQ(show(schedule.take(0)), "a:1/0 ");
    schedule.remove(QueueId{2}, 0); // b waits for its turn
    schedule.remove(QueueId{77}, 0);
    schedule.finished("a", LaneVerdict::reached, 0);
    EXPECT_EQ(show(schedule.take(0)), "c:3/0 ");
    schedule.finished("c", LaneVerdict::reached, 0);
    EXPECT_EQ(schedule.take(0).size(), 0U);
    EXPECT_EQ(schedule.lanes(), 0U);
    EXPECT_EQ(schedule.waiting(), 0U);
}

TEST(Schedule, MovesAnEntryThatIsPutAgain)
{
    Schedule schedule(policy, {});
    schedule.put("a", entry(1, 0, 0));
    schedule.put("b", entry(1, 0, 50));
    EXPECT_EQ(schedule.waiting(), 1U);
    EXPECT_EQ(schedule.next_due(), 50);
    EXPECT_EQ(show(schedule.take(50)), "b:1/0 ");
}

TEST(Schedule, HandsAFreedSlotToTheSameLaneUnlessOthersWait)
{
    Schedule schedule(policy, {.per_lane = 1, .total = 1, .recipients = 1});
    for (std::uint64_t i = 1; i <= 3; ++i)
        schedule.put("a", entry(i));
    EXPECT_EQ(show(schedule.take(0)), "a:1/0 ");
    schedule.finished("a", LaneVerdict::reached, 0);
    const auto next = schedule.take_more("a", 0);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->id, QueueId{2});
    schedule.put("b", entry(9));
    schedule.take(0);
    schedule.finished("a", LaneVerdict::reached, 0);
    EXPECT_FALSE(schedule.take_more("a", 0));
    EXPECT_EQ(show(schedule.take(0)), "b:9/0 ");
}

// Whatever happens in whatever order: every entry is started exactly as often as it was put, no lane and no
// total is overdrawn, and while something is due and a slot is free next_due() says so.
TEST(Schedule, KeepsItsPromisesOverRandomHistories)
{
    std::uint64_t state = 12345;
    const auto dice = [&](std::uint64_t sides) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return (state >> 33) % sides;
    };
    for (int round = 0; round < 50; ++round) {
        const LaneLimits limits{.per_lane = 2, .total = 5, .recipients = 4};
        Schedule schedule(policy, limits);
        std::set<std::pair<std::uint64_t, std::uint32_t>> waiting;
        std::vector<Attempt> active;
        Millis now = 0;
        std::uint64_t next_id = 1;
        for (int step = 0; step < 300; ++step) {
            now += static_cast<Millis>(dice(500));
            switch (dice(4)) {
            case 0:
            case 1: {
                const std::uint64_t id = next_id++;
                for (std::uint32_t r = 0; r <= dice(3); ++r) {
                    schedule.put(std::string(1, static_cast<char>('a' + dice(4))),
                                 entry(id, r, now + static_cast<Millis>(dice(900))));
                    waiting.insert({id, r});
                }
                break;
            }
            case 2:
                for (Attempt& attempt : schedule.take(now)) {
                    for (const auto recipient : attempt.recipients)
                        EXPECT_EQ(waiting.erase({attempt.id.value, recipient}), 1U);
                    active.push_back(std::move(attempt));
                }
                break;
            case 3:
                if (!active.empty()) {
                    const std::size_t i = dice(active.size());
                    schedule.finished(active[i].lane, static_cast<LaneVerdict>(dice(3)), now);
                    active.erase(active.begin() + static_cast<std::ptrdiff_t>(i));
                }
                break;
            }
            EXPECT_EQ(schedule.waiting(), waiting.size());
            EXPECT_EQ(schedule.active(), active.size());
            EXPECT_LE(active.size(), limits.total);
            std::map<std::string, unsigned> per_lane;
            for (const Attempt& attempt : active)
                EXPECT_LE(++per_lane[attempt.lane], limits.per_lane);
        }
        // Drained to the end, nothing is left behind.
        for (int step = 0; step < 5000 && (!waiting.empty() || !active.empty()); ++step) {
            for (const Attempt& attempt : active)
                schedule.finished(attempt.lane, LaneVerdict::reached, now);
            active = schedule.take(now);
            for (const Attempt& attempt : active)
                for (const auto recipient : attempt.recipients)
                    waiting.erase({attempt.id.value, recipient});
            if (active.empty() && schedule.next_due())
                now = std::max(now, *schedule.next_due());
        }
        EXPECT_TRUE(waiting.empty());
        EXPECT_EQ(schedule.next_due(), std::nullopt);
    }
}

} // namespace
} // namespace mansio::queue
