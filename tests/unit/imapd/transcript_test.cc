#include "house.h"

#include <gtest/gtest.h>

using namespace mansio;

namespace {

std::unique_ptr<kit::ServerUnderTest> make_house()
{
    return std::make_unique<imapd::test::House>();
}

class ImapTranscript : public testing::TestWithParam<std::filesystem::path> {};

} // namespace

TEST_P(ImapTranscript, Plays)
{
    EXPECT_EQ(kit::play_file(GetParam(), make_house), "");
}

TEST_P(ImapTranscript, LeavesAServerThatServesWhenCutAnywhere)
{
    EXPECT_EQ(kit::play_with_cuts(GetParam(), make_house), "");
}

INSTANTIATE_TEST_SUITE_P(All, ImapTranscript, testing::ValuesIn(kit::transcripts_in("imap")),
                         [](const auto& info) { return kit::test_name(info.param); });
