#include "moment.h"

#include "power_cut.h"
#include "real.h"

#include <atomic>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

namespace layer {
namespace {

template <class Function>
void find(Function& function, const char* name)
{
    function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
    if (function == nullptr)
        abort();
}

Real find_all()
{
    Real found{};
    find(found.open, "open");
    find(found.close, "close");
    find(found.fclose, "fclose");
    find(found.write, "write");
    find(found.pwrite, "pwrite");
    find(found.read, "read");
    find(found.pread, "pread");
    find(found.fsync, "fsync");
    find(found.ftruncate, "ftruncate");
    find(found.fallocate, "fallocate");
    find(found.rename, "rename");
    find(found.unlink, "unlink");
    find(found.link, "link");
    find(found.statvfs, "statvfs");
    return found;
}

Control* map_control()
{
    const char* path = getenv("MANSIO_LAYER_CONTROL");
    if (path == nullptr || getenv("MANSIO_LAYER_ROOT") == nullptr)
        return nullptr;
    const int fd = real().open(path, O_RDWR | O_CLOEXEC, 0);
    void* block =
        fd < 0 ? MAP_FAILED : mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (block == MAP_FAILED)
        abort(); // a test that runs without its layer would prove nothing
    real().close(fd);
    return static_cast<Control*>(block);
}

Disk* make_disk()
{
    if (control() == nullptr)
        return nullptr;
    char* root = realpath(getenv("MANSIO_LAYER_ROOT"), nullptr);
    if (root == nullptr)
        abort();
    return new Disk(root); // never destroyed: threads write till the very end
}

/// In the child: waits until the process is dead, then does what the power cut did.
[[noreturn]] void rewrite_when_dead(const Disk& disk, int alive)
{
    char none;
    while (real().read(alive, &none, 1) < 0)
        ;
    rewrite_after_power_cut(disk);
    _exit(0);
}

[[noreturn]] void cut_power(Disk& disk)
{
    control()->state = static_cast<std::uint64_t>(State::cutting);
    int alive[2];
    if (pipe2(alive, O_CLOEXEC) != 0)
        abort();
    const pid_t child = fork();
    if (child < 0)
        abort();
    if (child == 0) {
        // Sockets too: peers must see the connections die with the process.
        dup2(alive[0], 0);
        close_range(1, 1, 0);
        close_range(3, ~0U, 0);
        rewrite_when_dead(disk, 0);
    }
    control()->rewriter = static_cast<std::uint64_t>(child);
    for (;;)
        kill(getpid(), SIGKILL);
}

std::uint64_t mixed(std::uint64_t number)
{
    number *= 0x9e3779b97f4a7c15;
    number ^= number >> 29;
    number *= 0xbf58476d1ce4e5b9;
    return number ^ (number >> 32);
}

} // namespace

const Real& real()
{
    static const Real found = find_all();
    return found;
}

Control* control()
{
    static Control* const block = map_control();
    return block;
}

Disk* watched_disk()
{
    static Disk* const disk = make_disk();
    return disk;
}

void trace(const char* format, ...)
{
    static const char* const path = getenv("MANSIO_LAYER_TRACE");
    if (path == nullptr)
        return;
    char line[512];
    va_list rest;
    va_start(rest, format);
    const int size = vsnprintf(line, sizeof line, format, rest);
    va_end(rest);
    const int fd = real().open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || real().write(fd, line, static_cast<std::size_t>(size)) != size)
        abort();
    real().close(fd);
}

void count_call(Disk& disk, Call call, FileKind kind, When when)
{
    Control& block = *control();
    if (when == When::before)
        ++block.calls;
    const std::uint64_t at = block.cut_at;
    // Half of the cuts come when the call has done its work, but has not returned.
    const bool cuts_after = (mixed(block.seed) & 1) != 0;
    if (at == 0 || block.calls < at || (when == When::after) != cuts_after)
        return;
    block.cut_call = static_cast<std::uint64_t>(call);
    block.cut_kind = static_cast<std::uint64_t>(kind);
    cut_power(disk);
}

void wait_like_a_disk()
{
    const std::uint64_t longest = control()->sync_delay;
    if (longest == 0)
        return;
    const std::uint64_t wait = mixed(control()->seed + control()->syncs) % longest;
    const timespec time{0, static_cast<long>(wait) * 1000};
    nanosleep(&time, nullptr);
}

} // namespace layer

__attribute__((constructor)) static void begin()
{
    layer::watched_disk();
}

__attribute__((destructor)) static void end()
{
    if (layer::control() != nullptr && layer::control()->cut_at_exit != 0) {
        std::lock_guard lock(layer::watched_disk()->mutex());
        layer::rewrite_after_power_cut(*layer::watched_disk());
    }
}
