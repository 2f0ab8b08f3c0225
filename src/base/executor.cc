#include "base/executor.h"

#include <deque>
#include <mutex>

namespace mansio::base {

struct ManualExecutor::Queue {
    std::mutex mutex;
    std::deque<std::move_only_function<void()>> items;
};

ManualExecutor::ManualExecutor()
    : m_queue(new Queue)
{
}

ManualExecutor::~ManualExecutor()
{
    delete m_queue;
}

void ManualExecutor::post(std::move_only_function<void()> work)
{
    std::lock_guard lock(m_queue->mutex);
    m_queue->items.push_back(std::move(work));
}

std::size_t ManualExecutor::run()
{
    Executor* outer = current();
    set_current(this);
    std::size_t ran = 0;
    for (;; ++ran) {
        std::unique_lock lock(m_queue->mutex);
        if (m_queue->items.empty())
            break;
        auto work = std::move(m_queue->items.front());
        m_queue->items.pop_front();
        lock.unlock();
        work();
    }
    set_current(outer);
    return ran;
}

} // namespace mansio::base
