#include "app/ini_file.h"

#include "base/text.h"
#include "message/charset.h"

#include <algorithm>

namespace mansio::app {

IniFile IniFile::parse(std::string_view text)
{
    std::string converted;
    if (!base::is_utf8(text)) {
        converted = message::to_utf8(text, "windows-1252");
        text = converted;
    }
    if (text.starts_with("\xef\xbb\xbf"))
        text.remove_prefix(3);
    IniFile file;
    std::string section;
    std::size_t number = 0;
    for (const std::string_view raw : base::split(text, '\n')) {
        ++number;
        const std::string_view line = base::trim(raw);
        if (line.empty() || line.front() == ';' || line.front() == '#')
            continue;
        const auto equals = line.find('=');
        if (line.front() == '[' && line.back() == ']')
            section = line.substr(1, line.size() - 2);
        else if (equals == std::string_view::npos || equals == 0)
            file.m_odd_lines.push_back(number);
        else
            file.m_entries.push_back({section, std::string(base::trim(line.substr(0, equals))),
                                      std::string(base::trim(line.substr(equals + 1))), number});
    }
    return file;
}

const IniFile::Entry* IniFile::find(std::string_view section, std::string_view key) const
{
    const auto matches = [&](const Entry& entry) {
        return base::equal_icase(entry.section, section) && base::equal_icase(entry.key, key);
    };
    const auto found = std::ranges::find_if(m_entries.rbegin(), m_entries.rend(), matches);
    return found == m_entries.rend() ? nullptr : &*found;
}

bool IniFile::has_section(std::string_view section) const
{
    return std::ranges::any_of(m_entries,
                               [&](const Entry& entry) { return base::equal_icase(entry.section, section); });
}

} // namespace mansio::app
