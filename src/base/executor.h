#pragma once
#include <coroutine>
#include <functional>

namespace mansio::base {

/// Something that runs work items one after another on one thread: an event loop, or a test's manual queue.
/// Work posted from one thread runs in the order posted. post() may be called from any thread.
class Executor {
public:
    virtual ~Executor() = default;
    virtual void post(std::move_only_function<void()> work) = 0;

    /// The executor whose thread we are on, or nullptr on a thread that runs none.
    static Executor* current() { return s_current; }

protected:
    /// Set by the executor's own thread around running its work.
    static void set_current(Executor* executor) { s_current = executor; }

private:
    static inline thread_local Executor* s_current = nullptr;
};

/// `co_await resume_on(loop);` continues the coroutine on that executor; no wait if already there.
struct ResumeOn {
    Executor& target;
    bool await_ready() const noexcept { return Executor::current() == &target; }
    void await_suspend(std::coroutine_handle<> waiting) const
    {
        target.post([waiting] { waiting.resume(); });
    }
    void await_resume() const noexcept {}
};

inline ResumeOn resume_on(Executor& executor)
{
    return {executor};
}

/// `co_await yield();` lets the other work of this executor go first (long FETCH, long SEARCH).
struct Yield {
    bool await_ready() const noexcept { return Executor::current() == nullptr; }
    void await_suspend(std::coroutine_handle<> waiting) const
    {
        Executor::current()->post([waiting] { waiting.resume(); });
    }
    void await_resume() const noexcept {}
};

inline Yield yield()
{
    return {};
}

/// An executor that a test drives by hand: run() empties the queue, including work posted meanwhile.
class ManualExecutor final : public Executor {
public:
    void post(std::move_only_function<void()> work) override;
    /// Runs until the queue is empty; returns how many items ran.
    std::size_t run();
    ~ManualExecutor() override;
    ManualExecutor();

private:
    struct Queue;
    Queue* m_queue;
};

} // namespace mansio::base
