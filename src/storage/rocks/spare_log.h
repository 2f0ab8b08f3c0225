#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace mansio::storage::rocks {

/// The next write-ahead log, made before it is needed: a file of zeros, synced, which a thread of its own
/// writes while the log before it fills. A log that the database has no more use for is what it is made of
/// where possible: then nothing has to be allocated. Thread-safe. Its end removes what it made; what a crash
/// left behind goes when the next one begins.
class SpareLog {
public:
    /// `size`: how many bytes a log becomes long, as a rule.
    explicit SpareLog(std::uint64_t size)
        : m_size(size)
    {
    }
    ~SpareLog();
    SpareLog(const SpareLog&) = delete;
    SpareLog& operator=(const SpareLog&) = delete;

    /// The folder of the logs, told before anything else is asked.
    void settle(const std::string& folder);
    /// Makes one, unless there is one.
    void want();
    /// The finished file, for the caller to rename.
    std::optional<std::string> take();
    /// Instead of deleting a log: false when enough are kept.
    bool keep(const std::string& log);

    std::uint64_t size() const { return m_size; }

private:
    enum class State { idle, wanted, ready };

    void run();
    void begin_file();
    bool make();
    bool stopping();

    const std::uint64_t m_size;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::string m_path;              ///< of the spare one
    std::vector<std::string> m_kept; ///< old logs
    State m_state = State::idle;
    bool m_stopping = false;
    std::thread m_thread; ///< from the first want() on
};

} // namespace mansio::storage::rocks
