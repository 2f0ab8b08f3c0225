#pragma once
#include "base/outcome.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mansio::config {

/// What is wrong with a file: collected, so that one run names everything.
class Problems {
public:
    explicit Problems(std::string file)
        : m_file(std::move(file))
    {
    }
    void add(std::uint32_t line, std::string what) { m_list.emplace_back(line, std::move(what)); }
    bool empty() const { return m_list.empty(); }

    /// "file:line: what", in order of lines; line 0 is left out.
    std::string text()
    {
        std::ranges::sort(m_list);
        std::string out;
        for (const auto& [line, what] : m_list) {
            if (!out.empty())
                out += '\n';
            out += line == 0 ? m_file + ": " + what : m_file + ":" + std::to_string(line) + ": " + what;
        }
        return out;
    }

private:
    std::string m_file;
    std::vector<std::pair<std::uint32_t, std::string>> m_list;
};

} // namespace mansio::config
