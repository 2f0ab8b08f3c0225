#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mansio::load {

/// Cuts what arrives into lines where it lies: only a line that two chunks share is copied.
class LineCutter {
public:
    /// The next line, without its end, and takes it off the front of `chunk`. Nothing when no whole line is
    /// left: `chunk` is empty then and its rest is kept. The view lives until the next call, and as long as
    /// the chunk.
    std::optional<std::string_view> next(std::string_view& chunk)
    {
        if (m_handed_over) {
            m_partial.clear();
            m_handed_over = false;
        }
        const std::size_t end = chunk.find('\n');
        std::string_view line = chunk.substr(0, end);
        chunk.remove_prefix(end == std::string_view::npos ? chunk.size() : end + 1);
        if (end == std::string_view::npos || !m_partial.empty()) {
            m_partial.append(line);
            line = m_partial;
        }
        if (end == std::string_view::npos)
            return std::nullopt;
        m_handed_over = !m_partial.empty();
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        return line;
    }

private:
    std::string m_partial;
    bool m_handed_over = false;
};

} // namespace mansio::load
