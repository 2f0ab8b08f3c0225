#include "base/sync.h"

namespace mansio::base {

void Signal::raise()
{
    m_raised = true;
    std::lock_guard lock(m_mutex);
    if (m_listener)
        m_listener();
}

void Signal::listen(std::move_only_function<void()> listener)
{
    std::lock_guard lock(m_mutex);
    m_listener = std::move(listener);
    if (m_listener && m_raised)
        m_listener();
}

bool AsyncMutex::Awaiter::await_suspend(std::coroutine_handle<> waiting)
{
    std::lock_guard lock(mutex.m_mutex);
    if (!std::exchange(mutex.m_locked, true))
        return false;
    mutex.m_waiters.push_back({waiting, Executor::current()});
    return true;
}

void AsyncMutex::unlock()
{
    std::unique_lock lock(m_mutex);
    if (m_waiters.empty()) {
        m_locked = false;
        return;
    }
    Waiter next = m_waiters.front();
    m_waiters.pop_front();
    lock.unlock();
    if (next.executor)
        next.executor->post([coroutine = next.coroutine] { coroutine.resume(); });
    else
        next.coroutine.resume();
}

} // namespace mansio::base
