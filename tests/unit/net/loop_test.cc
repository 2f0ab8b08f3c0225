#include "net_test.h"

#include "net/workers.h"

#include <thread>

namespace mansio::net {
namespace {

using LoopTest = WithLoop;

Task<void> sleep_and_note(int milliseconds, std::vector<int>& order)
{
    co_await sleep_until(Deadline::after(std::chrono::milliseconds(milliseconds)));
    order.push_back(milliseconds);
}

Task<std::vector<int>> three_sleepers(Loop& loop)
{
    std::vector<int> order;
    base::spawn(loop, sleep_and_note(60, order), "test");
    base::spawn(loop, sleep_and_note(20, order), "test");
    base::spawn(loop, sleep_and_note(40, order), "test");
    co_await sleep_until(Deadline::after(100ms));
    while (order.size() < 3)
        co_await base::yield();
    co_return order;
}

TEST_F(LoopTest, SleepersWakeInTheOrderOfTheirDeadlines)
{
    EXPECT_EQ(run(three_sleepers(loop)), (std::vector{20, 40, 60}));
}

Task<bool> is_current(Loop& loop)
{
    co_return Loop::current() == &loop&& base::Executor::current() == &loop;
}

TEST_F(LoopTest, IsTheCurrentExecutorOfItsThread)
{
    EXPECT_TRUE(run(is_current(loop)));
    EXPECT_EQ(Loop::current(), nullptr);
}

TEST_F(LoopTest, RunsPostsInOrder)
{
    std::vector<int> order;
    base::Promise<int> done;
    for (int i = 0; i < 100; ++i)
        loop.post([&order, i] { order.push_back(i); });
    loop.post([done] { done.set(0); });
    loop.stop();
    loop.join();
    ASSERT_EQ(order.size(), 100u);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

Task<Woken> wait_for_signal(base::Signal& signal, Deadline deadline)
{
    auto woken = co_await wait_signal(signal, deadline);
    co_return woken;
}

TEST_F(LoopTest, WaitSignalSeesARaiseBeforeAndDuringTheWait)
{
    base::Signal signal;
    signal.raise();
    EXPECT_EQ(run(wait_for_signal(signal, soon())), Woken::signalled);
    EXPECT_TRUE(signal.take());
    std::thread raiser([&] { signal.raise(); });
    EXPECT_EQ(run(wait_for_signal(signal, soon())), Woken::signalled);
    raiser.join();
    EXPECT_TRUE(signal.take());
    EXPECT_EQ(run(wait_for_signal(signal, Deadline::after(10ms))), Woken::deadline);
    EXPECT_EQ(run(wait_for_signal(signal, Deadline::after(-10ms))), Woken::deadline);
}

Task<void> count_signals(base::Signal& signal, std::atomic<int>& seen, std::atomic<int>& made, int total)
{
    while (seen < total) {
        auto woken = co_await wait_signal(signal, soon());
        if (woken != Woken::signalled)
            co_return;
        signal.take();
        seen = made.load();
    }
}

TEST_F(LoopTest, NoRaiseIsLost)
{
    constexpr int total = 20'000;
    base::Signal signal;
    std::atomic<int> seen = 0, made = 0;
    std::thread raiser([&] {
        for (int i = 0; i < total; ++i) {
            ++made;
            signal.raise();
        }
    });
    run(count_signals(signal, seen, made, total));
    raiser.join();
    EXPECT_EQ(seen, total);
}

TEST(Loops, SpreadWorkRoundRobin)
{
    Loops loops(3);
    loops.start();
    EXPECT_EQ(&loops.next(), &loops.at(0));
    EXPECT_EQ(&loops.next(), &loops.at(1));
    EXPECT_EQ(&loops.next(), &loops.at(2));
    EXPECT_EQ(&loops.next(), &loops.at(0));
    EXPECT_EQ(loops.size(), 3u);
}

int slow_square(int value)
{
    return value * value;
}

Task<int> square_elsewhere(Workers& workers, int value, Loop*& resumed_on)
{
    const int result = co_await workers.run([value] { return slow_square(value); });
    resumed_on = Loop::current();
    co_return result;
}

Task<std::string> throw_elsewhere(Workers& workers)
{
    auto result = co_await workers.run([]() -> std::string { throw std::runtime_error("no"); });
    co_return result;
}

TEST_F(LoopTest, WorkersResumeTheCallerOnItsLoop)
{
    Workers workers(2);
    Loop* resumed_on = nullptr;
    EXPECT_EQ(run(square_elsewhere(workers, 12, resumed_on)), 144);
    EXPECT_EQ(resumed_on, &loop);
    EXPECT_THROW(run(throw_elsewhere(workers)), std::runtime_error);
}

} // namespace
} // namespace mansio::net
