#include "app/log_sink.h"

#include <spdlog/async.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace mansio::app {
namespace {

constexpr std::size_t queue_size = 8192; // lines; a few MiB at worst

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

LogWriter::LogWriter(const config::LogSettings& settings)
    : m_state(new State)
{
    m_state->settings = std::make_shared<const config::LogSettings>(settings);
    m_state->logger->set_pattern("%v");
    m_state->logger->set_level(spdlog::level::trace);
}

LogWriter::~LogWriter()
{
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
    m_state->logger->info("{}", json ? format_json(event, now) : format_text(event, now));
}

void LogWriter::flush()
{
    m_state->logger->flush();
}

} // namespace mansio::app
