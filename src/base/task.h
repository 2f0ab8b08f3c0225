#pragma once
#include "base/executor.h"

#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace mansio::base {

template <class T>
class Task;

namespace detail {

struct TaskPromiseBase {
    std::coroutine_handle<> continuation = std::noop_coroutine();

    struct Final {
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) const noexcept
        {
            return done.promise().continuation;
        }
        void await_resume() const noexcept {}
    };
    std::suspend_always initial_suspend() const noexcept { return {}; }
    Final final_suspend() const noexcept { return {}; }
};

template <class T>
struct TaskPromise : TaskPromiseBase {
    std::variant<std::monostate, T, std::exception_ptr> result;

    Task<T> get_return_object();
    template <class U>
    void return_value(U&& value)
    {
        result.template emplace<1>(std::forward<U>(value));
    }
    void unhandled_exception() { result.template emplace<2>(std::current_exception()); }
    T take()
    {
        if (result.index() == 2)
            std::rethrow_exception(std::get<2>(result));
        return std::move(std::get<1>(result));
    }
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
    std::exception_ptr thrown;

    Task<void> get_return_object();
    void return_void() const noexcept {}
    void unhandled_exception() { thrown = std::current_exception(); }
    void take()
    {
        if (thrown)
            std::rethrow_exception(thrown);
    }
};

} // namespace detail

/// A lazily started coroutine: runs when awaited, on the awaiting thread, and resumes its awaiter directly.
/// Move-only; destroying an unfinished task destroys its frame. House form: `auto x = co_await f(a, b);` as a
/// statement of its own; parameters by value, or references to objects that outlive the await; never a
/// capturing lambda as a coroutine.
template <class T = void>
class [[nodiscard]] Task {
public:
    using promise_type = detail::TaskPromise<T>;

    explicit Task(std::coroutine_handle<promise_type> frame)
        : m_frame(frame)
    {
    }
    Task(Task&& other) noexcept
        : m_frame(std::exchange(other.m_frame, nullptr))
    {
    }
    Task& operator=(Task&& other) noexcept
    {
        std::swap(m_frame, other.m_frame);
        return *this;
    }
    ~Task()
    {
        if (m_frame)
            m_frame.destroy();
    }

    struct Awaiter {
        std::coroutine_handle<promise_type> frame;
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) const noexcept
        {
            frame.promise().continuation = waiting;
            return frame;
        }
        T await_resume() const { return frame.promise().take(); }
    };
    Awaiter operator co_await() const& noexcept { return {m_frame}; }
    Awaiter operator co_await() && noexcept { return {m_frame}; }

private:
    std::coroutine_handle<promise_type> m_frame;
};

namespace detail {

template <class T>
Task<T> TaskPromise<T>::get_return_object()
{
    return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}

inline Task<void> TaskPromise<void>::get_return_object()
{
    return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}

/// A coroutine nobody awaits: destroys itself at its end.
struct Detached {
    struct promise_type {
        Detached get_return_object() const noexcept { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const noexcept { std::terminate(); }
    };
};

Detached run_detached_then(Executor& executor, Task<void> task, std::string_view what,
                           std::move_only_function<void()> done);

} // namespace detail

/// Starts `task` on `executor` and forgets it. An exception that escapes it is a bug of ours: it is reported
/// through on_stray_exception() with `what` (a string literal) and ends that task only, never the process.
void spawn(Executor& executor, Task<void> task, std::string_view what);
/// The same; `done` runs on the executor the task ended on, after its end.
void spawn(Executor& executor, Task<void> task, std::string_view what, std::move_only_function<void()> done);

/// Who hears of exceptions that escaped a spawned task. Set once at start; the default writes to stderr.
using StrayExceptionHandler = void (*)(std::string_view what, std::string_view message);
void on_stray_exception(StrayExceptionHandler handler);
void report_stray_exception(std::string_view what, std::exception_ptr thrown);

/// Runs a task to its end from a plain thread (CLI, tests): never on an executor's own thread, it would
/// block it. The task starts on `executor`.
template <class T>
T sync_wait(Executor& executor, Task<T> task);

/// A value handed over once, from any thread, to one coroutine that waits for it. The waiter resumes on the
/// executor it waited on (or inline, when it waited on none).
template <class T>
class Promise {
public:
    struct State {
        std::mutex mutex;
        std::optional<T> value;
        std::coroutine_handle<> waiter;
        Executor* executor = nullptr;
    };

    /// First set wins; a later one is ignored.
    void set(T value) const
    {
        std::unique_lock lock(m_state->mutex);
        if (m_state->value)
            return;
        m_state->value.emplace(std::move(value));
        auto waiter = std::exchange(m_state->waiter, nullptr);
        Executor* executor = m_state->executor;
        lock.unlock();
        if (!waiter)
            return;
        if (executor)
            executor->post([waiter] { waiter.resume(); });
        else
            waiter.resume();
    }

    struct Awaiter {
        std::shared_ptr<State> state;
        bool await_ready() const noexcept { return false; }
        bool await_suspend(std::coroutine_handle<> waiting) const
        {
            std::lock_guard lock(state->mutex);
            if (state->value)
                return false;
            state->waiter = waiting;
            state->executor = Executor::current();
            return true;
        }
        T await_resume() const { return std::move(*state->value); }
    };
    /// Awaited once, by one coroutine.
    Awaiter wait() const { return {m_state}; }

private:
    std::shared_ptr<State> m_state = std::make_shared<State>();
};

namespace detail {

template <class T>
struct SyncSlot {
    std::mutex mutex;
    std::condition_variable ready;
    std::optional<T> value;
    std::exception_ptr thrown;
    bool done = false;
};

template <class T>
Task<void> fill_slot(Task<T> task, SyncSlot<T>& slot)
{
    try {
        slot.value.emplace(co_await task);
    } catch (...) {
        slot.thrown = std::current_exception();
    }
}

struct Nothing {};
inline Task<Nothing> with_nothing(Task<void> task)
{
    co_await task;
    co_return Nothing{};
}

} // namespace detail

template <class T>
T sync_wait(Executor& executor, Task<T> task)
{
    if constexpr (std::is_void_v<T>) {
        sync_wait(executor, detail::with_nothing(std::move(task)));
    } else {
        auto slot = std::make_shared<detail::SyncSlot<T>>();
        spawn(executor, detail::fill_slot(std::move(task), *slot), "sync_wait", [slot] {
            std::lock_guard lock(slot->mutex);
            slot->done = true;
            slot->ready.notify_all();
        });
        if (auto* manual = dynamic_cast<ManualExecutor*>(&executor))
            manual->run();
        std::unique_lock lock(slot->mutex);
        slot->ready.wait(lock, [&] { return slot->done; });
        if (slot->thrown)
            std::rethrow_exception(slot->thrown);
        return std::move(*slot->value);
    }
}

} // namespace mansio::base
