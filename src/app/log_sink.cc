#include "app/log_sink.h"

#include <chrono>
#include <condition_variable>
#include <spdlog/async.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <thread>

namespace mansio::app {
namespace {

using namespace std::chrono_literals;

// Waking the writing thread costs more than making a line: in a row of them only the first wakes it at once.
constexpr auto interval = 100ms;
constexpr std::size_t piece_size = 16 * 1024;
constexpr std::size_t queue_size = 512; // pieces: 8 MiB at worst

} // namespace

struct LogWriter::State {
    mutable std::mutex mutex;
    std::shared_ptr<const config::LogSettings> settings;
    std::shared_ptr<spdlog::details::thread_pool> pool =
        std::make_shared<spdlog::details::thread_pool>(queue_size, 1);
    std::shared_ptr<spdlog::async_logger> logger =
        std::make_shared<spdlog::async_logger>("mansio", std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                               pool, spdlog::async_overflow_policy::overrun_oldest);

    std::shared_ptr<const config::LogSettings> current() const
    {
        std::lock_guard lock(mutex);
        return settings;
    }
};

/// Joins lines that follow each other quickly.
class LogWriter::Joiner {
public:
    explicit Joiner(spdlog::async_logger& logger)
        : m_logger(logger)
        , m_thread([this] { run(); })
    {
    }
    ~Joiner()
    {
        {
            std::lock_guard lock(m_mutex);
            m_stopping = true;
            hand_over();
        }
        m_changed.notify_all();
        m_thread.join();
    }

    void add(base::Level level, std::string_view line)
    {
        std::lock_guard lock(m_mutex);
        const bool first = m_lines.empty();
        m_lines += first ? "" : "\n";
        m_lines += line;
        if (level >= base::Level::warning || m_lines.size() >= piece_size ||
            std::chrono::steady_clock::now() - m_handed_over >= interval)
            hand_over();
        else if (first)
            m_changed.notify_all();
    }

    void flush()
    {
        std::lock_guard lock(m_mutex);
        hand_over();
    }

private:
    void hand_over()
    {
        if (m_lines.empty())
            return;
        m_logger.info("{}", m_lines);
        m_lines.clear();
        m_handed_over = std::chrono::steady_clock::now();
    }

    void run()
    {
        std::unique_lock lock(m_mutex);
        while (!m_stopping) {
            m_changed.wait(lock, [this] { return m_stopping || !m_lines.empty(); });
            m_changed.wait_for(lock, interval, [this] { return m_stopping; });
            hand_over();
        }
    }

    spdlog::async_logger& m_logger;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::string m_lines;
    base::SteadyTime m_handed_over{};
    bool m_stopping = false;
    std::thread m_thread;
};

LogWriter::LogWriter(const config::LogSettings& settings)
    : m_state(new State)
{
    m_state->settings = std::make_shared<const config::LogSettings>(settings);
    m_state->logger->set_pattern("%v");
    m_state->logger->set_level(spdlog::level::trace);
    m_joiner = std::make_unique<Joiner>(*m_state->logger);
}

LogWriter::~LogWriter()
{
    m_joiner.reset();
    m_state->logger->flush();
}

void LogWriter::configure(const config::LogSettings& settings)
{
    auto fresh = std::make_shared<const config::LogSettings>(settings);
    std::lock_guard lock(m_state->mutex);
    m_state->settings = std::move(fresh);
}

bool LogWriter::wants(std::string_view topic, base::Level level) const
{
    return level >= m_state->current()->level_of(topic);
}

void LogWriter::write(const base::Event& event)
{
    const base::Millis now = base::SystemClock().now_millis();
    const bool json = m_state->current()->format == config::LogFormat::json;
    m_joiner->add(event.level, json ? format_json(event, now) : format_text(event, now));
}

void LogWriter::flush()
{
    m_joiner->flush();
    m_state->logger->flush();
}

} // namespace mansio::app
