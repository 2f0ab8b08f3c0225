#include "config/describe.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace mansio::config {
namespace {

// tools/check_docs --update sets MANSIO_UPDATE_DOCS, which writes the page instead of comparing it.
TEST(SettingsReference, SaysWhatTheTableSays)
{
    const std::string path = MANSIO_SOURCE_DIR "/doc/settings.md";
    const std::string wanted = describe(DescribeAs::markdown);
    if (std::getenv("MANSIO_UPDATE_DOCS") != nullptr)
        std::ofstream(path, std::ios::binary) << wanted;
    std::ifstream file(path, std::ios::binary);
    const std::string written{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    EXPECT_TRUE(written == wanted) << "doc/settings.md is old: tools/check_docs --update";
}

} // namespace
} // namespace mansio::config
