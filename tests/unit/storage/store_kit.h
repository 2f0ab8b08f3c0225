#pragma once
#include "storage/engine.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace mansio::storage {

/// An executor with a thread of its own: what engines meet in the server.
class LoopThread final : public base::Executor {
public:
    LoopThread();
    ~LoopThread() override;
    void post(std::move_only_function<void()> work) override;

private:
    void run();

    std::mutex m_mutex;
    std::condition_variable m_ready;
    std::deque<std::move_only_function<void()>> m_work;
    bool m_ending = false;
    std::thread m_thread;
};

/// A folder that is gone at the end.
class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    const std::string& path() const { return m_path; }

private:
    std::string m_path;
};

/// Bytes that do not compress, the same for the same seed.
std::string noise(std::size_t size, std::uint64_t seed = 1);
Content make_content(std::string bytes);

} // namespace mansio::storage
