#pragma once
#include "base/executor.h"
#include "base/sync.h"
#include "base/task.h"
#include "base/time.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace mansio::net {

using base::Deadline;
using base::Task;

/// An event loop and its thread. Work posted from any thread runs on it in the order posted, and
/// Executor::current() is the loop meanwhile. The thread has all signals blocked, and SIGPIPE is ignored in
/// the process from the first Loop on. The thread starts with start() and ends with stop() and join().
class Loop final : public base::Executor {
public:
    struct Impl;

    /// `name` is the thread's name: at most 15 bytes are shown by the system.
    explicit Loop(std::string name = "loop");
    ~Loop() override; ///< stop() and join()

    void post(std::move_only_function<void()> work) override;

    void start();
    /// From any thread. Closes every stream of this loop, lets what became ready run, then ends the thread.
    /// Coroutines that still sleep then are never resumed. Does not wait.
    void stop();
    void join();

    /// The loop whose thread we are on, or nullptr.
    static Loop* current();
    const std::string& name() const;

    Impl& impl() { return *m_impl; } ///< for this room

private:
    std::unique_ptr<Impl> m_impl;
};

/// The process's loops, one per core as a rule.
class Loops {
public:
    explicit Loops(unsigned count);
    ~Loops();

    void start();
    unsigned size() const { return static_cast<unsigned>(m_loops.size()); }
    Loop& at(unsigned index) { return *m_loops.at(index); }
    /// Round robin, from any thread.
    Loop& next();
    void stop();
    void join();

private:
    std::vector<std::unique_ptr<Loop>> m_loops;
    std::atomic<unsigned> m_next = 0;
};

/// Sleeps on the current Loop (there must be one).
Task<void> sleep_until(Deadline deadline);

/// Why a wait ended.
enum class Woken {
    readable,  ///< bytes, or the peer's end of stream, wait to be read
    signalled, ///< the signal is raised; it stays so until somebody calls take()
    deadline,
    closed, ///< this side closed the stream or stopped reading, or the socket broke
};

/// Sleeps on the current Loop until the signal is raised or the deadline passes: returns `signalled` or
/// `deadline`. Level-triggered: returns at once when the signal is raised already, and does not clear it; the
/// caller calls take() before it looks at what changed. One waiter per signal.
Task<Woken> wait_signal(base::Signal& signal, Deadline deadline);

} // namespace mansio::net
