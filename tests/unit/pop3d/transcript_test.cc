#include "house.h"

#include <algorithm>
#include <filesystem>
#include <fnmatch.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

using namespace mansio;
using namespace mansio::pop3d::test;

namespace {

// Lines of tests/transcripts/pop3: "C: " is sent, "S: " must come (with * and ? as in file names), "# " is a
// remark. The house and its mail are those of house.h.
std::vector<std::string> read_transcript(const std::filesystem::path& path)
{
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("C:") || line.starts_with("S:"))
            lines.push_back(line);
    return lines;
}

std::string rest(const std::string& line)
{
    return line.size() > 3 ? line.substr(3) : std::string();
}

void play(House::Client& client, const std::vector<std::string>& lines, std::size_t count)
{
    for (std::size_t at = 0; at < count; ++at) {
        if (lines[at].starts_with("C:")) {
            client.send(rest(lines[at]) + "\r\n");
            continue;
        }
        const auto got = client.line();
        ASSERT_EQ(fnmatch(rest(lines[at]).c_str(), got.c_str(), 0), 0)
            << "line " << at + 1 << ": wanted " << rest(lines[at]) << ", got " << got;
    }
}

std::vector<std::filesystem::path> transcripts()
{
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(MANSIO_SOURCE_DIR "/tests/transcripts/pop3"))
        paths.push_back(entry.path());
    std::ranges::sort(paths);
    return paths;
}

} // namespace

class Pop3Transcript : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Pop3Transcript, Plays)
{
    const auto lines = read_transcript(GetParam());
    ASSERT_FALSE(lines.empty());
    House house;
    auto client = house.connect();
    play(client, lines, lines.size());
}

TEST_P(Pop3Transcript, LeavesTheMailboxWholeWhenCutBeforeAnyLine)
{
    const auto lines = read_transcript(GetParam());
    House house;
    for (std::size_t cut = 0; cut < lines.size(); ++cut) {
        if (lines[cut] == "C: QUIT")
            break; // from here on deletions may be done
        auto client = house.connect();
        play(client, lines, cut);
    }
    house.wait_for_sessions();
    EXPECT_EQ(house.inbox("alice@here.example").size(), messages.size());
}

INSTANTIATE_TEST_SUITE_P(All, Pop3Transcript, testing::ValuesIn(transcripts()), [](const auto& info) {
    auto name = info.param.stem().string();
    std::ranges::replace(name, '-', '_');
    return name;
});
