#pragma once
#include "base/executor.h"

#include <atomic>
#include <coroutine>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace mansio::base {

/// A level-triggered "something changed" flag for one waiter. raise() from any thread; two raises before the
/// waiter looks are one, and a raise before it waits is not lost.
class Signal {
public:
    /// Sets the flag and calls the listener, if there is one, once per raise.
    void raise();
    /// Reads and clears the flag.
    bool take() { return m_raised.exchange(false); }
    bool raised() const { return m_raised.load(); }
    /// Called on the raising thread, and at once if the flag is already set; keep it to a post(). An empty
    /// function takes the listener away; after that call returns it is never called again.
    void listen(std::move_only_function<void()> listener);

private:
    std::atomic<bool> m_raised = false;
    std::mutex m_mutex;
    std::move_only_function<void()> m_listener;
};

/// A mutex for coroutines: waiters queue up, first come first served, and resume on their own executor.
/// `auto held = co_await mutex.lock();` releases at the end of scope. Thread-safe.
class AsyncMutex {
public:
    class Held {
    public:
        explicit Held(AsyncMutex* mutex)
            : m_mutex(mutex)
        {
        }
        Held(Held&& other) noexcept
            : m_mutex(std::exchange(other.m_mutex, nullptr))
        {
        }
        Held& operator=(Held&& other) noexcept
        {
            std::swap(m_mutex, other.m_mutex);
            return *this;
        }
        ~Held() { release(); }
        void release()
        {
            if (m_mutex)
                std::exchange(m_mutex, nullptr)->unlock();
        }

    private:
        AsyncMutex* m_mutex;
    };

    struct Awaiter {
        AsyncMutex& mutex;
        bool await_ready() const noexcept { return false; }
        bool await_suspend(std::coroutine_handle<> waiting);
        Held await_resume() const noexcept { return Held(&mutex); }
    };
    Awaiter lock() { return {*this}; }

private:
    void unlock();

    struct Waiter {
        std::coroutine_handle<> coroutine;
        Executor* executor;
    };
    std::mutex m_mutex;
    bool m_locked = false;
    std::deque<Waiter> m_waiters;
};

} // namespace mansio::base
