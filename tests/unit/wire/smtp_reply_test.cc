#include "base/text.h"
#include "wire/smtp/reply.h"

#include <gtest/gtest.h>

namespace mansio::wire::smtp {
namespace {

TEST(Reply, PrintsEveryLineWithCodeAndStatus)
{
    EXPECT_EQ(print({250, {2, 1, 5}, "recipient ok"}), "250 2.1.5 recipient ok\r\n");
    EXPECT_EQ(print({354, {}, "go ahead"}), "354 go ahead\r\n");
    EXPECT_EQ(print({334, {}, ""}), "334 \r\n");
    EXPECT_EQ(print({550, {5, 7, 1}, "first\nsecond"}), "550-5.7.1 first\r\n550 5.7.1 second\r\n");
}

TEST(Reply, LetsNoLineEndOfAPeerThrough)
{
    EXPECT_EQ(print({250, {}, "a\rb\x1b"}), "250 a b \r\n");
}

TEST(EnhancedCode, IsReadAtTheStartOnly)
{
    EXPECT_EQ(parse_enhanced_code("5.1.1 no such user"), (EnhancedCode{5, 1, 1}));
    EXPECT_EQ(parse_enhanced_code("4.999.999"), (EnhancedCode{4, 999, 999}));
    for (const std::string_view bad :
         {"", "5.1", "3.1.1", "5.1.1.1", "5.1000.1 x", "5..1", "x 5.1.1", "5.1.1x y"})
        EXPECT_FALSE(parse_enhanced_code(bad)) << bad;
}

/// Feeds lines divided by '|'; shows the reply, or why not.
std::string read(std::string_view lines)
{
    ReplyParser parser({.line = 30, .lines = 3});
    for (const std::string_view line : base::split(lines, '|')) {
        const auto progress = parser.add(line);
        if (!progress)
            return std::string(progress.error());
        if (*progress == ReplyParser::Progress::done) {
            const ReceivedReply reply = parser.take();
            return std::to_string(reply.code) + " [" + reply.status.text() + "] " + reply.text();
        }
    }
    return "need more";
}

TEST(ReplyParser, IsStrictAboutCodesAndContinuation)
{
    struct Row {
        std::string_view lines, shown;
    };
    const Row rows[] = {
        {"250 ok", "250 [] ok"},
        {"250", "250 [] "},
        {"250 ", "250 [] "},
        {"250-2.0.0 a|250 2.0.0 b", "250 [2.0.0] 2.0.0 a 2.0.0 b"},
        {"550 5.1.1 no", "550 [5.1.1] 5.1.1 no"},
        {"550 2.1.1 contradiction", "550 [] 2.1.1 contradiction"},
        {"250-a|250-b", "need more"},
        {"250-a|550 b", "reply code changed within a reply"},
        {"250+a", "no space or hyphen after the reply code"},
        {"25", "no reply code"},
        {"abc hello", "no reply code"},
        {"150 hello", "no reply code"},
        {"650 hello", "no reply code"},
        {"", "no reply code"},
        {"250-a|250-b|250-c|250 d", "reply with too many lines"},
        {"250 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "reply line too long"},
    };
    for (const Row& row : rows)
        EXPECT_EQ(read(row.lines), row.shown) << row.lines;
}

TEST(Extensions, AreFoundByKeyword)
{
    const ReceivedReply reply{250, {}, {"mx.example hello", "size 1000", "AUTH=LOGIN PLAIN", "8BITMIME"}};
    const Extensions extensions = parse_extensions(reply);
    EXPECT_EQ(extensions.greeting, "mx.example hello");
    ASSERT_TRUE(extensions.has("SIZE"));
    EXPECT_EQ(*extensions.find("SIZE"), "1000");
    EXPECT_EQ(*extensions.find("AUTH"), "LOGIN PLAIN");
    EXPECT_TRUE(extensions.has("8BITMIME"));
    EXPECT_FALSE(extensions.has("STARTTLS"));
}

} // namespace
} // namespace mansio::wire::smtp
