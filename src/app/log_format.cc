#include "app/log_sink.h"
#include "base/text.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace mansio::app {
namespace {

/// Quoted where it would otherwise not be one word.
std::string value_text(std::string_view raw)
{
    std::string text = base::escape_for_log(raw, 2048);
    if (text.empty() || text.find_first_of(" \"=") != std::string::npos) {
        std::string quoted = "\"";
        for (const char c : text)
            quoted += c == '"' ? std::string("\\x22") : std::string(1, c);
        return quoted + '"';
    }
    return text;
}

} // namespace

std::string format_text(const base::Event& event, base::Millis time)
{
    std::string line = fmt::format("{} {:<7} {:<5} {}", base::format_iso8601(time), base::name(event.level),
                                   event.topic, event.what);
    for (const base::Field& field : event.fields)
        line += fmt::format(" {}={}", field.key, value_text(field.value));
    return line;
}

std::string format_json(const base::Event& event, base::Millis time)
{
    boost::json::object line{{"time", base::format_iso8601(time)},
                             {"level", base::name(event.level)},
                             {"topic", event.topic},
                             {"event", event.what}};
    for (const base::Field& field : event.fields)
        line[field.key] = base::escape_for_log(field.value, 2048);
    return boost::json::serialize(line);
}

} // namespace mansio::app
