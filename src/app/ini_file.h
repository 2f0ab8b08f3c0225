#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mansio::app {

/// A Windows INI file as lines of meaning: sections and keys compare without case, "key=value", values as
/// they stand without the spaces around them, ';' and '#' begin comments, a byte order mark is skipped. Bytes
/// that are no UTF-8 are taken as Windows-1252.
class IniFile {
public:
    struct Entry {
        std::string section;
        std::string key;
        std::string value;
        std::size_t line = 0;
    };
    static IniFile parse(std::string_view text);

    const std::vector<Entry>& entries() const { return m_entries; }
    /// The last one of that name, or nullptr.
    const Entry* find(std::string_view section, std::string_view key) const;
    bool has_section(std::string_view section) const;
    /// Lines that are neither.
    const std::vector<std::size_t>& odd_lines() const { return m_odd_lines; }

private:
    std::vector<Entry> m_entries;
    std::vector<std::size_t> m_odd_lines;
};

} // namespace mansio::app
