#pragma once
#include "base/log.h"
#include "config/log_settings.h"

#include <memory>
#include <mutex>

namespace mansio::app {

/// Writes events to stderr, one line each, as text or JSON, from a thread of its own: a session never waits
/// for whoever reads the log. Lines that follow each other quickly are written together, a tenth of a second
/// later at most; warnings and errors at once. When the reader is slow for long, the oldest lines are
/// dropped.
class LogWriter final : public base::LogSink {
public:
    explicit LogWriter(const config::LogSettings& settings);
    ~LogWriter() override;
    bool wants(std::string_view topic, base::Level level) const override;
    void write(const base::Event& event) override;
    void configure(const config::LogSettings& settings);
    void flush();

private:
    struct State;
    class Joiner;
    std::unique_ptr<State> m_state;
    std::unique_ptr<Joiner> m_joiner;
};

/// One event as a line, without its line end.
std::string format_text(const base::Event& event, base::Millis time);
std::string format_json(const base::Event& event, base::Millis time);

} // namespace mansio::app
