#pragma once
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::message::test {

inline std::filesystem::path samples_folder()
{
    return std::filesystem::path(MANSIO_SOURCE_DIR) / ".." / "shared";
}

inline std::string read_file(const std::filesystem::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline std::vector<std::filesystem::path> list_files(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> out;
    if (!std::filesystem::exists(folder))
        return out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
}

/// As a mail server stores it: every line feed with a carriage return, no NUL.
inline std::string as_stored(std::string_view bytes)
{
    std::string out;
    for (char c : bytes) {
        if (c == '\0')
            continue;
        if (c == '\n' && !out.ends_with('\r'))
            out += '\r';
        out += c;
    }
    return out;
}

} // namespace mansio::message::test
