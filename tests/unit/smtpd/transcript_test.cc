#include "house.h"
#include "kit/transcript.h"

#include <gtest/gtest.h>

using namespace mansio;
using smtpd::ListenerKind;

// The files of tests/transcripts/smtp; the first word of a file's name says which listener it talks to.
namespace {

ListenerKind kind_of(const std::filesystem::path& path)
{
    const std::string name = path.filename().string();
    if (name.starts_with("submission-"))
        return ListenerKind::submission;
    return name.starts_with("lmtp-") ? ListenerKind::lmtp : ListenerKind::mx;
}

class Server final : public kit::ServerUnderTest {
public:
    explicit Server(ListenerKind kind)
        : m_kind(kind)
    {
    }
    int connect() override { return m_house.connect_socket(m_kind); }
    std::string probe() override
    {
        auto client = m_house.connect(m_kind);
        const std::string greeting = client.reply();
        const std::string answer = client.ask("NOOP");
        return greeting.starts_with("220 ") && answer.starts_with("250 ") ? "" : greeting + "|" + answer;
    }

private:
    smtpd::test::House m_house;
    ListenerKind m_kind;
};

kit::MakeServer maker(const std::filesystem::path& path)
{
    return [kind = kind_of(path)] { return std::make_unique<Server>(kind); };
}

} // namespace

class SmtpTranscript : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(SmtpTranscript, Plays)
{
    EXPECT_EQ(kit::play_file(GetParam(), maker(GetParam())), "");
}

TEST_P(SmtpTranscript, HarmsNobodyWhenCutBeforeAnyLine)
{
    EXPECT_EQ(kit::play_with_cuts(GetParam(), maker(GetParam())), "");
}

INSTANTIATE_TEST_SUITE_P(All, SmtpTranscript, testing::ValuesIn(kit::transcripts_in("smtp")),
                         [](const auto& info) { return kit::test_name(info.param); });
