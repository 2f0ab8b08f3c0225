#pragma once
#include "net/workers.h"

#include <cstddef>

namespace mansio::intake {

/// From here on, hashing or parsing a message takes a millisecond and more.
constexpr std::size_t large_message = 256 * 1024;

/// Work on a message of so many bytes. For a large one a worker does it, so that the loop's other sessions do
/// not wait; for a small one the way there would take longer than the work. `work` is no coroutine; what it
/// refers to lives until the result is there. Without workers: always at once.
template <class F>
base::Task<std::invoke_result_t<F&>> run_beside(net::Workers* workers, std::size_t bytes, F work)
{
    if (workers == nullptr || bytes < large_message)
        co_return work();
    auto result = co_await workers->run(std::move(work));
    co_return result;
}

} // namespace mansio::intake
