#include "app/config_editor.h"

#include "base/text.h"
#include "config/settings.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace mansio::app {
namespace {

using base::Fault;

bool is_header(std::string_view line)
{
    return base::trim(line).starts_with('[');
}

/// True for "key = ..." with that key.
bool is_key(std::string_view line, std::string_view key)
{
    const std::string_view text = base::trim(line);
    return text.starts_with(key) && base::trim(text.substr(key.size())).starts_with('=');
}

} // namespace

ConfigEditor::ConfigEditor(std::string_view text)
{
    for (const std::string_view line : base::split(text, '\n'))
        m_lines.emplace_back(line);
    if (!m_lines.empty() && m_lines.back().empty())
        m_lines.pop_back();
}

std::size_t ConfigEditor::end_of_section(std::size_t header) const
{
    std::size_t end = header + 1;
    while (end < m_lines.size() && !is_header(m_lines[end]))
        ++end;
    return end;
}

bool ConfigEditor::set_listener_port(std::string_view protocol, std::uint16_t port)
{
    const std::string wanted = fmt::format("\"{}\"", protocol);
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        if (base::trim(m_lines[i]) != "[[listener]]")
            continue;
        std::size_t port_line = 0;
        bool right = false;
        for (std::size_t j = i + 1; j < end_of_section(i); ++j) {
            right = right || (is_key(m_lines[j], "protocol") && m_lines[j].find(wanted) != std::string::npos);
            if (is_key(m_lines[j], "port"))
                port_line = j;
        }
        if (!right)
            continue;
        if (port_line != 0)
            m_lines[port_line] = fmt::format("port = {}", port);
        else
            m_lines.insert(m_lines.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                           fmt::format("port = {}", port));
        return true;
    }
    return false;
}

void ConfigEditor::set(std::string_view section, std::string_view key, std::string_view value)
{
    const std::string header = fmt::format("[{}]", section);
    const std::string line = fmt::format("{} = {}", key, value);
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        if (base::trim(m_lines[i]) != header)
            continue;
        for (std::size_t j = i + 1; j < end_of_section(i); ++j)
            if (is_key(m_lines[j], key)) {
                m_lines[j] = line;
                return;
            }
        m_lines.insert(m_lines.begin() + static_cast<std::ptrdiff_t>(i) + 1, line);
        return;
    }
    m_lines.insert(m_lines.end(), {"", header, line});
}

std::string ConfigEditor::text() const
{
    std::string out;
    for (const std::string& line : m_lines)
        out += line + '\n';
    return out;
}

base::Outcome<void> replace_config(const std::string& file, const std::string& text)
{
    if (auto good = config::parse(text, file); !good)
        return std::unexpected(good.error());
    const std::string fresh = file + ".new";
    const int out = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0)
        return base::fail(Fault::temporary, fresh + ": " + std::strerror(errno));
    const bool written =
        ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(out) == 0;
    const int error = errno;
    if (::close(out) != 0 || !written)
        return base::fail(Fault::full, fresh + ": " + std::strerror(error));
    if (std::rename(fresh.c_str(), file.c_str()) != 0)
        return base::fail(Fault::temporary, file + ": " + std::strerror(errno));
    return {};
}

} // namespace mansio::app
