#pragma once
#include "base/executor.h"
#include "base/task.h"

namespace mansio::base {

/// Runs `work` on `there` and comes back to where the caller was, wherever the work went meanwhile, and with
/// its exception if it threw one.
template <class T>
Task<T> visit(Executor& there, Task<T> work)
{
    Executor* home = Executor::current();
    co_await resume_on(there);
    std::optional<T> result;
    std::exception_ptr thrown;
    try {
        result.emplace(co_await work);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (home != nullptr)
        co_await resume_on(*home);
    if (thrown)
        std::rethrow_exception(thrown);
    co_return std::move(*result);
}

} // namespace mansio::base
