#pragma once
// Private to this room: what loop.cc, the only file that knows Asio, does for the others. A Watch is a
// descriptor in a loop's reactor; a Wait is one coroutine waiting on it; a Timed is called at a time.
#include "base/sync.h"
#include "base/time.h"
#include "net/loop.h"

#include <coroutine>
#include <map>
#include <memory>

namespace mansio::net {

/// Something with an alarm on a loop. Used on the loop's thread; disarms itself at its end.
class Timed {
public:
    using Alarms = std::multimap<base::SteadyTime, Timed*>;

    Timed() = default;
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;
    void arm(Loop& loop, base::SteadyTime at);
    void disarm();

protected:
    virtual ~Timed() { disarm(); }

private:
    friend struct Loop::Impl;
    /// At the armed time, disarmed already. May destroy this.
    virtual void expired() = 0;

    Loop* m_loop = nullptr; ///< while armed
    Alarms::iterator m_place;
};

/// A node of a circular list, or its head. Takes itself out at its end, whatever list it is in.
struct Links {
    Links* next = this;
    Links* previous = this;

    Links() = default;
    Links(const Links&) = delete;
    Links& operator=(const Links&) = delete;
    ~Links() { unlink(); }
    bool empty() const { return next == this; }
    void unlink()
    {
        previous->next = next;
        next->previous = previous;
        next = previous = this;
    }
    void push_back(Links& node)
    {
        node.unlink();
        node.previous = previous;
        node.next = this;
        previous->next = &node;
        previous = &node;
    }
    void take_all(Links& from)
    {
        while (!from.empty())
            push_back(*from.next);
    }
};

enum class Direction { read, write };
enum class WaitEnd { ready, signalled, timed_out, closed };

/// A non-blocking descriptor registered with a loop; owns it. Held by shared_ptr. Construction is possible
/// from any thread, the rest belongs to the loop's thread. A readiness that was asked for and not needed any
/// more stays asked for: a wait that times out costs no system call.
class Watch : public std::enable_shared_from_this<Watch> {
public:
    Watch(Loop& loop, int descriptor);
    virtual ~Watch();

    Loop& loop() const { return m_loop; }
    int descriptor() const { return m_descriptor; } ///< -1 once closed
    bool is_open() const { return m_descriptor >= 0; }
    bool reading_stopped() const { return m_reading_stopped; }
    /// Closes the descriptor; the waits end from the loop, later.
    virtual void close();
    /// The same from any thread.
    void close_from_anywhere();
    void stop_reading();
    /// For the last reads of a polite end: from now on stop_reading() has no effect, past or future.
    void keep_reading();

private:
    friend class Wait;
    friend struct Loop::Impl;
    struct Native;

    Links& waiting(Direction direction) { return direction == Direction::read ? m_readers : m_writers; }
    void ask(Direction direction);
    void fired(Direction direction);
    void signal_raised();
    void end_later(Links& waits);
    void resume_ended();
    void release_native(); ///< closes the descriptor
    void unregister();

    Loop& m_loop;
    int m_descriptor;
    bool m_asked_read = false;
    bool m_asked_write = false;
    bool m_reading_stopped = false;
    bool m_keep_reading = false;
    std::unique_ptr<Native> m_native;
    Links m_readers;
    Links m_writers;
    Links m_ended; ///< to be resumed by a posted resume_ended()
    struct Registration : Links {
        Watch* watch = nullptr; ///< nullptr once the loop has let go
    };
    Registration m_registration; ///< with the loop, which closes what is open when it stops
};

/// `WaitEnd end = co_await Wait(watch, Direction::read, deadline);` on the loop's thread. The watch must live
/// on until then. With a signal: also ends when it is raised.
class Wait final : private Timed, private Links {
public:
    Wait(Watch& watch, Direction direction, base::Deadline deadline, base::Signal* signal = nullptr)
        : m_watch(watch)
        , m_direction(direction)
        , m_deadline(deadline)
        , m_signal(signal)
    {
    }
    ~Wait();

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiting);
    WaitEnd await_resume() const noexcept { return m_end; }

private:
    friend class Watch;
    void expired() override { finish(WaitEnd::timed_out); }
    void finish(WaitEnd end);

    Watch& m_watch;
    Direction m_direction;
    base::Deadline m_deadline;
    base::Signal* m_signal;
    bool m_listening = false;
    WaitEnd m_end = WaitEnd::closed;
    std::coroutine_handle<> m_waiting;
};

/// A deadline for what has none of its own.
constexpr base::Deadline never{base::SteadyTime::max()};

} // namespace mansio::net
