#pragma once
#include "base/task.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace mansio::net {

/// Threads for work that blocks or computes for long: password hashes, large checksums, files. Thread-safe.
/// The destructor finishes what is queued.
class Workers {
public:
    explicit Workers(unsigned threads);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Runs `work` on a worker and resumes on the caller's executor with its result or its exception. `work`
    /// is moved in; what it refers to must live until then. It is no coroutine.
    template <class F>
    base::Task<std::invoke_result_t<F&>> run(F work);

    void post(std::move_only_function<void()> work);

private:
    void serve();

    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<std::move_only_function<void()>> m_queue;
    bool m_stopping = false;
    std::vector<std::thread> m_threads;
};

namespace detail {

template <class R>
struct WorkResult {
    std::optional<std::conditional_t<std::is_void_v<R>, bool, R>> value;
    std::exception_ptr thrown;
};

template <class R, class F>
WorkResult<R> run_caught(F& work)
{
    WorkResult<R> result;
    try {
        if constexpr (std::is_void_v<R>) {
            work();
            result.value = true;
        } else {
            result.value.emplace(work());
        }
    } catch (...) {
        result.thrown = std::current_exception();
    }
    return result;
}

} // namespace detail

template <class F>
base::Task<std::invoke_result_t<F&>> Workers::run(F work)
{
    using R = std::invoke_result_t<F&>;
    base::Promise<detail::WorkResult<R>> promise;
    post([promise, job = std::move(work)]() mutable { promise.set(detail::run_caught<R>(job)); });
    auto result = co_await promise.wait();
    if (result.thrown)
        std::rethrow_exception(result.thrown);
    if constexpr (!std::is_void_v<R>)
        co_return std::move(*result.value);
}

} // namespace mansio::net
