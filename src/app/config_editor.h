#pragma once
#include "base/outcome.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::app {

/// Changes single values of a configuration file and leaves every other line, comments too, as it is.
class ConfigEditor {
public:
    explicit ConfigEditor(std::string_view text);

    /// Port of the first listener with that protocol; false when there is none.
    bool set_listener_port(std::string_view protocol, std::uint16_t port);
    /// `value` as TOML. The section is added at the end if it is missing.
    void set(std::string_view section, std::string_view key, std::string_view value);

    std::string text() const;

private:
    std::size_t end_of_section(std::size_t header) const;

    std::vector<std::string> m_lines;
};

/// Checks the new text, then puts it in the file's place in one step (a crash leaves the old or the new one).
base::Outcome<void> replace_config(const std::string& file, const std::string& text);

} // namespace mansio::app
