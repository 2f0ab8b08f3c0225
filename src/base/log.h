#pragma once
#include "base/time.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::base {

enum class Level { trace, debug, info, warning, error, off };
std::string_view name(Level level);

struct Field {
    std::string_view key;
    std::string value;
};

/// One event, one line. `what` is a fixed phrase; everything variable is a field. Values are escaped by the
/// sink (escape_for_log), so pass raw bytes.
struct Event {
    Level level = Level::info;
    std::string_view topic; ///< "smtp", "imap", "pop3", "relay", "store", "app": levels are set per topic
    std::string_view what;
    std::vector<Field> fields;
};

/// Where events go. Thread-safe. The application installs one at start; until then events are dropped.
class LogSink {
public:
    virtual ~LogSink() = default;
    virtual bool wants(std::string_view topic, Level level) const = 0;
    virtual void write(const Event& event) = 0;
};

/// The sink must outlive every log() call; nullptr drops events.
void set_log_sink(LogSink* sink);
bool log_wants(std::string_view topic, Level level);
void log(Event event);
inline void log(Level level, std::string_view topic, std::string_view what, std::vector<Field> fields = {})
{
    if (log_wants(topic, level))
        log(Event{level, topic, what, std::move(fields)});
}

} // namespace mansio::base
