#include "storage/rocks/spare_log.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mansio::storage::rocks {

namespace {

constexpr std::uint64_t synced_at_once = 4 << 20; // so that the log's own syncs never wait for all of it

// The database drops several at a time, when the slower of its two buffers has been written out.
constexpr std::size_t most_kept = 3;

std::string kept_name(const std::string& path, std::size_t place)
{
    return path + '-' + std::to_string(place);
}

std::uint64_t size_of(const std::string& path)
{
    struct stat facts{};
    return ::stat(path.c_str(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

bool write_zeros(int descriptor, std::uint64_t from, std::uint64_t to)
{
    static constexpr std::array<char, 256 * 1024> zeros{};
    while (from < to) {
        const std::size_t length = std::min<std::uint64_t>(to - from, zeros.size());
        const ssize_t written = ::pwrite(descriptor, zeros.data(), length, static_cast<off_t>(from));
        if (written <= 0)
            return false;
        from += static_cast<std::uint64_t>(written);
    }
    return true;
}

} // namespace

SpareLog::~SpareLog()
{
    {
        std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_changed.notify_all();
    if (m_thread.joinable())
        m_thread.join();
    for (const std::string& kept : m_kept)
        ::unlink(kept.c_str());
    if (m_state == State::ready)
        ::unlink(m_path.c_str());
}

void SpareLog::settle(const std::string& folder)
{
    std::lock_guard lock(m_mutex);
    if (!m_path.empty())
        return;
    m_path = folder + "/next-log";
    ::unlink(m_path.c_str());
    for (std::size_t place = 0; place < most_kept; ++place)
        ::unlink(kept_name(m_path, place).c_str());
}

void SpareLog::want()
{
    {
        std::lock_guard lock(m_mutex);
        if (m_state != State::idle)
            return;
        m_state = State::wanted;
        if (!m_thread.joinable())
            m_thread = std::thread([this] { run(); });
    }
    m_changed.notify_all();
}

std::optional<std::string> SpareLog::take()
{
    std::lock_guard lock(m_mutex);
    if (m_state != State::ready)
        return std::nullopt;
    m_state = State::idle;
    return m_path;
}

bool SpareLog::keep(const std::string& log)
{
    std::lock_guard lock(m_mutex);
    if (m_path.empty() || m_kept.size() == most_kept || size_of(log) < m_size / 2)
        return false;
    const std::string kept = kept_name(m_path, m_kept.size());
    if (::rename(log.c_str(), kept.c_str()) != 0)
        return false;
    m_kept.push_back(kept);
    return true;
}

bool SpareLog::stopping()
{
    std::lock_guard lock(m_mutex);
    return m_stopping;
}

void SpareLog::run()
{
    pthread_setname_np(pthread_self(), "spare-log");
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_changed.wait(lock, [this] { return m_stopping || m_state == State::wanted; });
        if (m_stopping)
            return;
        begin_file();
        lock.unlock();
        const bool made = make();
        if (!made) // the next log begins empty, which is slower and no worse
            ::unlink(m_path.c_str());
        lock.lock();
        m_state = made ? State::ready : State::idle;
    }
}

/// Under the mutex. Without an old one, make() begins with an empty file.
void SpareLog::begin_file()
{
    if (m_kept.empty())
        return;
    ::rename(m_kept.back().c_str(), m_path.c_str());
    m_kept.pop_back();
}

/// Every byte that was there before is gone when this is true: a log is read up to its first zeros, and what
/// lies behind them must not look like records.
bool SpareLog::make()
{
    const int descriptor = ::open(m_path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0)
        return false;
    const std::uint64_t end = std::max(m_size, size_of(m_path));
    bool good = true;
    for (std::uint64_t at = 0; good && at < end; at += synced_at_once)
        good = !stopping() && write_zeros(descriptor, at, std::min(at + synced_at_once, end)) &&
               ::fdatasync(descriptor) == 0;
    ::close(descriptor);
    return good;
}

} // namespace mansio::storage::rocks
