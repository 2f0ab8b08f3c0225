#include "base/log.h"

#include <atomic>

namespace mansio::base {
namespace {

std::atomic<LogSink*> g_sink = nullptr;

} // namespace

std::string_view name(Level level)
{
    switch (level) {
    case Level::trace: return "trace";
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
    case Level::off: return "off";
    }
    return "off";
}

void set_log_sink(LogSink* sink)
{
    g_sink = sink;
}

bool log_wants(std::string_view topic, Level level)
{
    const LogSink* sink = g_sink;
    return sink != nullptr && sink->wants(topic, level);
}

void log(Event event)
{
    if (LogSink* sink = g_sink; sink != nullptr && sink->wants(event.topic, event.level))
        sink->write(event);
}

} // namespace mansio::base
