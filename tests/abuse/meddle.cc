// Preloaded into a server under test: meddles with its clocks and its disk as a file of a few numbers says,
// which the test changes while the server runs. MEDDLE names the file; without it everything is as ever.
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace {

/// As tests/abuse/meddle.py writes it.
struct Wishes {
    std::atomic<std::int64_t> wall_clock_offset; ///< seconds added to CLOCK_REALTIME
    std::atomic<std::int64_t> speed;             ///< how many times as fast the clocks run; 0 and 1: as ever
    std::atomic<std::int64_t> sync_delay;        ///< milliseconds before each fsync and fdatasync
    std::atomic<std::int64_t> syncs;             ///< counted here
};

constexpr std::int64_t second = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time)
{
    return time.tv_sec * second + time.tv_nsec;
}

timespec to_timespec(std::int64_t nanos)
{
    return {nanos / second, nanos % second};
}

std::int64_t real_time(clockid_t clock)
{
    timespec now{};
    ::syscall(SYS_clock_gettime, clock, &now);
    return nanoseconds(now);
}

Wishes* open_wishes()
{
    const char* path = std::getenv("MEDDLE");
    const int file = path ? ::open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return nullptr;
    void* mapped = ::mmap(nullptr, sizeof(Wishes), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    return mapped == MAP_FAILED ? nullptr : static_cast<Wishes*>(mapped);
}

Wishes* wishes()
{
    static Wishes* const mapped = open_wishes();
    return mapped;
}

std::int64_t speed()
{
    static const std::int64_t at_start = [] {
        const std::int64_t wanted = wishes() ? wishes()->speed.load() : 1;
        return wanted > 1 ? wanted : 1;
    }();
    return at_start;
}

/// When the clocks began to run fast, on each clock.
std::int64_t base_of(clockid_t clock)
{
    static const std::int64_t wall = real_time(CLOCK_REALTIME);
    static const std::int64_t steady = real_time(CLOCK_MONOTONIC);
    return clock == CLOCK_REALTIME ? wall : steady;
}

bool is_ours(clockid_t clock)
{
    return wishes() && (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC);
}

/// A moment of the fast clock, as the real one.
timespec really(clockid_t clock, const timespec& time)
{
    const std::int64_t base = base_of(clock);
    const std::int64_t fast = nanoseconds(time);
    return fast <= base ? time : to_timespec(base + (fast - base) / speed());
}

void delay_sync()
{
    if (!wishes())
        return;
    ++wishes()->syncs;
    if (const std::int64_t delay = wishes()->sync_delay; delay > 0) {
        const timespec wait = to_timespec(delay * 1'000'000);
        ::syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &wait, nullptr);
    }
}

int result_of(long called)
{
    return static_cast<int>(called);
}

template <class F>
F* next(const char* name)
{
    return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept
{
    const int result = result_of(::syscall(SYS_clock_gettime, clock, now));
    if (result != 0 || !is_ours(clock))
        return result;
    const std::int64_t base = base_of(clock);
    std::int64_t time = base + (nanoseconds(*now) - base) * speed();
    if (clock == CLOCK_REALTIME)
        time += wishes()->wall_clock_offset * second;
    *now = to_timespec(time);
    return 0;
}

time_t time(time_t* into) noexcept
{
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (into)
        *into = now.tv_sec;
    return now.tv_sec;
}

int timerfd_settime(int timer, int flags, const itimerspec* wanted, itimerspec* before) noexcept
{
    itimerspec real = *wanted;
    const bool absolute = (flags & TFD_TIMER_ABSTIME) != 0;
    const std::int64_t value = nanoseconds(real.it_value);
    if (wishes() && value > 1 && !absolute)
        real.it_value = to_timespec(value / speed() + 1);
    else if (wishes() && value > 1)
        real.it_value = really(CLOCK_MONOTONIC, real.it_value);
    return result_of(::syscall(SYS_timerfd_settime, timer, flags, &real, before));
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until)
{
    static auto* const original =
        next<int(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*)>("pthread_cond_clockwait");
    const timespec real = is_ours(clock) ? really(clock, *until) : *until;
    return original(condition, mutex, clock, &real);
}

int fdatasync(int file)
{
    delay_sync();
    return result_of(::syscall(SYS_fdatasync, file));
}

int fsync(int file)
{
    delay_sync();
    return result_of(::syscall(SYS_fsync, file));
}
}
