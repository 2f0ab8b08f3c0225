#include "base/sync.h"
#include "base/task.h"

#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace mansio::base {
namespace {

Task<int> answer()
{
    co_return 42;
}

Task<int> one_more()
{
    const int value = co_await answer();
    co_return value + 1;
}

Task<int> throwing()
{
    throw std::runtime_error("no");
    co_return 0;
}

TEST(Task, PassesValuesAndExceptionsToTheAwaiter)
{
    ManualExecutor loop;
    EXPECT_EQ(sync_wait(loop, one_more()), 43);
    EXPECT_THROW(sync_wait(loop, throwing()), std::runtime_error);
}

Task<void> wait_for(Promise<std::string> promise, std::string& got)
{
    got = co_await promise.wait();
}

TEST(Promise, WakesItsWaiterOnTheWaitersExecutor)
{
    ManualExecutor loop;
    Promise<std::string> promise;
    std::string got;
    spawn(loop, wait_for(promise, got), "test");
    loop.run();
    std::thread([promise] { promise.set("hello"); }).join();
    EXPECT_EQ(got, "");
    loop.run();
    EXPECT_EQ(got, "hello");
}

Task<void> count(AsyncMutex& mutex, int id, Promise<int> go, std::vector<int>& order)
{
    auto held = co_await mutex.lock();
    order.push_back(id);
    co_await go.wait();
    order.push_back(-id);
}

TEST(AsyncMutex, LetsOneInAtATimeInOrder)
{
    ManualExecutor loop;
    AsyncMutex mutex;
    Promise<int> first, second;
    std::vector<int> order;
    spawn(loop, count(mutex, 1, first, order), "first");
    spawn(loop, count(mutex, 2, second, order), "second");
    loop.run();
    EXPECT_EQ(order, (std::vector{1}));
    first.set(0);
    second.set(0);
    loop.run();
    EXPECT_EQ(order, (std::vector{1, -1, 2, -2}));
}

TEST(Signal, IsLevelTriggered)
{
    Signal signal;
    int heard = 0;
    signal.raise();
    signal.raise();
    signal.listen([&] { ++heard; });
    EXPECT_EQ(heard, 1);
    EXPECT_TRUE(signal.take());
    EXPECT_FALSE(signal.take());
    signal.raise();
    EXPECT_EQ(heard, 2);
}

} // namespace
} // namespace mansio::base
