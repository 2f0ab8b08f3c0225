#include "base/text.h"
#include "base/time.h"

#include <gtest/gtest.h>

namespace mansio::base {
namespace {

TEST(EscapeForLog, KeepsOneEventOnOneLine)
{
    struct Row {
        std::string_view raw, shown;
    };
    for (const Row& row : {Row{"plain", "plain"}, Row{"a\r\nb", "a\\r\\nb"}, Row{"\x1b[2J", "\\x1b[2J"},
                           Row{"caf\xc3\xa9", "caf\xc3\xa9"}, Row{"\xc2\x9b", "\\xc2\\x9b"},
                           Row{"\xff", "\\xff"}, Row{"a\\b", "a\\x5cb"}})
        EXPECT_EQ(escape_for_log(row.raw), row.shown);
    EXPECT_EQ(escape_for_log("abcdef", 3), "abc…");
}

TEST(Utf8, KnowsWellFormedFromBroken)
{
    for (const std::string_view good : {"", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x93\xac"})
        EXPECT_TRUE(is_utf8(good));
    for (const std::string_view bad : {"\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"})
        EXPECT_FALSE(is_utf8(bad));
}

TEST(ParseNumber, TakesDigitsOnly)
{
    EXPECT_EQ(parse_number("18446744073709551615"), UINT64_MAX);
    for (const std::string_view bad : {"", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616"})
        EXPECT_EQ(parse_number(bad), std::nullopt) << bad;
    EXPECT_EQ(parse_number("11", 10), std::nullopt);
}

TEST(Dates, AreWrittenInUtc)
{
    EXPECT_EQ(format_rfc5322_date(0), "Thu, 01 Jan 1970 00:00:00 +0000");
    EXPECT_EQ(format_rfc5322_date(1795408919), "Mon, 23 Nov 2026 04:41:59 +0000");
    EXPECT_EQ(format_iso8601(1795408919123), "2026-11-23T04:41:59.123Z");
}

} // namespace
} // namespace mansio::base
