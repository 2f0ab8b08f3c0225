#pragma once
#include "config/problems.h"
#include "config/settings.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace mansio::config {

/// Where things stand in the file: "smtp.mechanisms", "listener.0", "listener.0.port" -> line.
class Lines {
public:
    void set(std::string key, std::uint32_t line) { m_lines[std::move(key)] = line; }
    std::uint32_t of(std::string_view key) const
    {
        const auto found = m_lines.find(key);
        return found == m_lines.end() ? 0 : found->second;
    }

private:
    std::map<std::string, std::uint32_t, std::less<>> m_lines;
};

/// What no single row can tell: required settings, addresses that parse, ports used twice, pairs that belong
/// together.
void validate(const Settings& settings, const Lines& lines, Problems& problems);

} // namespace mansio::config
