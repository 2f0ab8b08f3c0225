#include "net/loop.h"

#include "net/watch.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cassert>
#include <csignal>
#include <mutex>
#include <pthread.h>
#include <thread>

namespace mansio::net {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

thread_local Loop* t_loop = nullptr;

void ignore_sigpipe()
{
    static const auto before = std::signal(SIGPIPE, SIG_IGN);
    (void)before;
}

/// A thread that leaves signals to the main thread.
template <class F>
std::thread quiet_thread(F work)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread(std::move(work));
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

} // namespace

struct Loop::Impl {
    Impl(Loop& owner, std::string thread_name)
        : loop(owner)
        , name(std::move(thread_name))
        , context(1)
        , work(context.get_executor())
        , timer(context)
    {
        ignore_sigpipe();
    }
    ~Impl();
    void run();
    void drain();
    void close_all();
    void arm_timer();
    void run_alarms();
    void enlist(Watch& watch);

    Loop& loop;
    std::string name;
    Timed::Alarms alarms;
    std::mutex watches_mutex; ///< sockets are adopted and opened from other threads too
    Links watches;
    asio::io_context context; // destroys handlers that hold watches: goes before the members above
    asio::executor_work_guard<asio::io_context::executor_type> work;
    asio::steady_timer timer; ///< one for all alarms
    base::SteadyTime timer_at = base::SteadyTime::max();
    std::thread thread;
};

struct Watch::Native {
    Native(asio::io_context& context, int descriptor)
        : stream(context, descriptor)
    {
    }
    asio::posix::stream_descriptor stream;
};

Loop::Impl::~Impl()
{
    for (auto& [at, timed] : alarms)
        timed->m_loop = nullptr;
    while (!watches.empty()) {
        Watch& watch = *static_cast<Watch::Registration*>(watches.next)->watch;
        watch.release_native();
        watch.m_registration.watch = nullptr;
        watch.m_registration.unlink();
    }
}

void Loop::Impl::run()
{
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    t_loop = &loop;
    Loop::set_current(&loop);
    context.run();
    drain();
    Loop::set_current(nullptr);
    t_loop = nullptr;
}

/// Sessions whose streams were just closed get to their ends. Bounded: somebody may post for ever.
void Loop::Impl::drain()
{
    const auto until = Deadline::after(std::chrono::seconds(2));
    context.restart();
    while (context.poll() > 0 && !until.passed())
        context.restart();
}

void Loop::Impl::close_all()
{
    std::vector<std::shared_ptr<Watch>> open;
    {
        std::lock_guard lock(watches_mutex);
        for (Links* node = watches.next; node != &watches; node = node->next)
            if (auto watch = static_cast<Watch::Registration*>(node)->watch->weak_from_this().lock())
                open.push_back(std::move(watch));
    }
    for (auto& watch : open)
        watch->close();
}

/// The timer is set to the earliest alarm, or left to fire early: disarming costs no system call.
void Loop::Impl::arm_timer()
{
    if (alarms.empty() || alarms.begin()->first >= timer_at)
        return;
    timer_at = alarms.begin()->first;
    timer.expires_at(timer_at);
    timer.async_wait([this](error_code error) {
        if (error == asio::error::operation_aborted)
            return;
        timer_at = base::SteadyTime::max();
        run_alarms();
        arm_timer();
    });
}

void Loop::Impl::run_alarms()
{
    const auto now = std::chrono::steady_clock::now();
    while (!alarms.empty() && alarms.begin()->first <= now) {
        Timed& timed = *alarms.begin()->second;
        timed.disarm();
        timed.expired();
    }
}

void Loop::Impl::enlist(Watch& watch)
{
    std::lock_guard lock(watches_mutex);
    watch.m_registration.watch = &watch;
    watches.push_back(watch.m_registration);
}

Loop::Loop(std::string name)
    : m_impl(std::make_unique<Impl>(*this, std::move(name)))
{
}

Loop::~Loop()
{
    stop();
    join();
}

void Loop::post(std::move_only_function<void()> work)
{
    asio::post(m_impl->context, std::move(work));
}

void Loop::start()
{
    assert(!m_impl->thread.joinable());
    m_impl->thread = quiet_thread([impl = m_impl.get()] { impl->run(); });
}

void Loop::stop()
{
    post([impl = m_impl.get()] {
        impl->close_all();
        impl->context.stop();
    });
}

void Loop::join()
{
    if (m_impl->thread.joinable())
        m_impl->thread.join();
}

Loop* Loop::current()
{
    return t_loop;
}

const std::string& Loop::name() const
{
    return m_impl->name;
}

Loops::Loops(unsigned count)
{
    for (unsigned i = 0; i < count; ++i)
        m_loops.push_back(std::make_unique<Loop>("loop-" + std::to_string(i)));
}

/// All threads end before the first loop goes: they post to each other.
Loops::~Loops()
{
    stop();
    join();
}

void Loops::start()
{
    for (auto& loop : m_loops)
        loop->start();
}

Loop& Loops::next()
{
    return *m_loops[m_next.fetch_add(1, std::memory_order_relaxed) % m_loops.size()];
}

void Loops::stop()
{
    for (auto& loop : m_loops)
        loop->stop();
}

void Loops::join()
{
    for (auto& loop : m_loops)
        loop->join();
}

void Timed::arm(Loop& loop, base::SteadyTime at)
{
    disarm();
    if (at == base::SteadyTime::max())
        return;
    m_loop = &loop;
    m_place = loop.impl().alarms.emplace(at, this);
    loop.impl().arm_timer();
}

void Timed::disarm()
{
    if (Loop* loop = std::exchange(m_loop, nullptr))
        loop->impl().alarms.erase(m_place);
}

Watch::Watch(Loop& loop, int descriptor)
    : m_loop(loop)
    , m_descriptor(descriptor)
    , m_native(std::make_unique<Native>(loop.impl().context, descriptor))
{
    loop.impl().enlist(*this);
}

Watch::~Watch()
{
    unregister();
}

void Watch::release_native()
{
    if (std::exchange(m_descriptor, -1) < 0)
        return;
    error_code ignored; // the descriptor is gone whatever close() says
    m_native->stream.close(ignored);
    m_native.reset();
}

/// Nothing to do once the loop has let go of this watch: it may be gone by then.
void Watch::unregister()
{
    if (!m_registration.watch)
        return;
    {
        std::lock_guard lock(m_loop.impl().watches_mutex);
        m_registration.unlink();
    }
    release_native();
}

void Watch::close()
{
    if (!is_open())
        return;
    release_native();
    end_later(m_readers);
    end_later(m_writers);
}

void Watch::close_from_anywhere()
{
    if (!m_registration.watch)
        return;
    if (Loop::current() == &m_loop)
        close();
    else
        m_loop.post([self = shared_from_this()] { self->close(); });
}

void Watch::stop_reading()
{
    if (m_keep_reading)
        return;
    m_reading_stopped = true;
    end_later(m_readers);
}

void Watch::keep_reading()
{
    m_keep_reading = true;
    m_reading_stopped = false;
}

void Watch::end_later(Links& waits)
{
    if (waits.empty())
        return;
    m_ended.take_all(waits);
    m_loop.post([self = shared_from_this()] { self->resume_ended(); });
}

void Watch::resume_ended()
{
    while (!m_ended.empty())
        static_cast<Wait*>(m_ended.next)->finish(WaitEnd::closed);
}

void Watch::ask(Direction direction)
{
    const bool read = direction == Direction::read;
    if (std::exchange(read ? m_asked_read : m_asked_write, true))
        return;
    const auto type =
        read ? asio::posix::stream_descriptor::wait_read : asio::posix::stream_descriptor::wait_write;
    m_native->stream.async_wait(type, [self = shared_from_this(), direction](error_code error) {
        if (error != asio::error::operation_aborted)
            self->fired(direction);
    });
}

/// Resumed coroutines may end other waits, wait again or close the watch: take all that waited before first.
void Watch::fired(Direction direction)
{
    (direction == Direction::read ? m_asked_read : m_asked_write) = false;
    Links ready;
    ready.take_all(waiting(direction));
    while (!ready.empty())
        static_cast<Wait*>(ready.next)->finish(WaitEnd::ready);
}

void Watch::signal_raised()
{
    for (Links* node = m_readers.next; node != &m_readers; node = node->next) {
        auto* wait = static_cast<Wait*>(node);
        if (wait->m_signal && wait->m_signal->raised())
            return wait->finish(WaitEnd::signalled);
    }
}

Wait::~Wait()
{
    if (m_listening)
        m_signal->listen({});
}

bool Wait::await_suspend(std::coroutine_handle<> waiting)
{
    assert(Loop::current() == &m_watch.m_loop);
    if (!m_watch.is_open() || (m_direction == Direction::read && m_watch.m_reading_stopped))
        return false;
    if (m_deadline.passed()) {
        m_end = WaitEnd::timed_out;
        return false;
    }
    m_waiting = waiting;
    m_watch.waiting(m_direction).push_back(*this);
    arm(m_watch.m_loop, m_deadline.at);
    m_watch.ask(m_direction);
    if (m_signal) {
        m_listening = true;
        m_signal->listen([watch = m_watch.shared_from_this()] {
            watch->m_loop.post([watch] { watch->signal_raised(); });
        });
    }
    return true;
}

void Wait::finish(WaitEnd end)
{
    unlink();
    disarm();
    m_end = end;
    m_waiting.resume();
}

namespace {

class Sleep final : private Timed {
public:
    explicit Sleep(Deadline deadline)
        : m_deadline(deadline)
    {
    }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting)
    {
        assert(Loop::current());
        m_waiting = waiting;
        arm(*Loop::current(), m_deadline.at);
    }
    void await_resume() const noexcept {}

private:
    void expired() override { m_waiting.resume(); }

    Deadline m_deadline;
    std::coroutine_handle<> m_waiting;
};

class SignalWait final : private Timed {
public:
    SignalWait(base::Signal& signal, Deadline deadline)
        : m_signal(signal)
        , m_deadline(deadline)
    {
    }
    ~SignalWait()
    {
        *m_self = nullptr;
        if (m_waiting)
            m_signal.listen({});
    }
    bool await_ready() const noexcept { return m_signal.raised(); }
    bool await_suspend(std::coroutine_handle<> waiting)
    {
        Loop& loop = *Loop::current();
        m_end = Woken::deadline;
        if (m_deadline.passed())
            return false;
        m_waiting = waiting;
        arm(loop, m_deadline.at);
        m_signal.listen([self = m_self, &loop] { loop.post([self] { raised(*self); }); });
        return true;
    }
    Woken await_resume() const noexcept { return m_end; }

private:
    /// Two posts may be under way; the first that finds the flag up resumes, and the node is gone or done
    /// then.
    static void raised(SignalWait* wait)
    {
        if (!wait || wait->m_end == Woken::signalled || !wait->m_signal.raised())
            return;
        wait->disarm();
        wait->m_end = Woken::signalled;
        wait->m_waiting.resume();
    }
    void expired() override { m_waiting.resume(); }

    base::Signal& m_signal;
    Deadline m_deadline;
    Woken m_end = Woken::signalled;
    std::coroutine_handle<> m_waiting;
    std::shared_ptr<SignalWait*> m_self = std::make_shared<SignalWait*>(this);
};

} // namespace

Task<void> sleep_until(Deadline deadline)
{
    co_await Sleep(deadline);
}

Task<Woken> wait_signal(base::Signal& signal, Deadline deadline)
{
    SignalWait wait(signal, deadline);
    const Woken woken = co_await wait;
    co_return woken;
}

} // namespace mansio::net
