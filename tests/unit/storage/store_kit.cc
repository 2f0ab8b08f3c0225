#include "store_kit.h"

#include <cstdlib>
#include <filesystem>
#include <random>

namespace mansio::storage {

LoopThread::LoopThread()
    : m_thread([this] { run(); })
{
}

LoopThread::~LoopThread()
{
    {
        std::lock_guard lock(m_mutex);
        m_ending = true;
    }
    m_ready.notify_one();
    m_thread.join();
}

void LoopThread::post(std::move_only_function<void()> work)
{
    {
        std::lock_guard lock(m_mutex);
        m_work.push_back(std::move(work));
    }
    m_ready.notify_one();
}

void LoopThread::run()
{
    set_current(this);
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_ready.wait(lock, [this] { return m_ending || !m_work.empty(); });
        if (m_work.empty())
            return;
        auto work = std::move(m_work.front());
        m_work.pop_front();
        lock.unlock();
        work();
        lock.lock();
    }
}

TempFolder::TempFolder()
    : m_path(std::filesystem::temp_directory_path() / "mansio-store-XXXXXX")
{
    if (!mkdtemp(m_path.data()))
        std::abort();
}

TempFolder::~TempFolder()
{
    std::error_code ignored; // a leftover in the temporary folder is harmless
    std::filesystem::remove_all(m_path, ignored);
}

std::string noise(std::size_t size, std::uint64_t seed)
{
    std::mt19937_64 random(seed);
    std::string bytes(size, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

Content make_content(std::string bytes)
{
    return std::make_shared<const std::string>(std::move(bytes));
}

} // namespace mansio::storage
