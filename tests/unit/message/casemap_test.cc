#include "message/casemap.h"

#include <gtest/gtest.h>

namespace mansio::message::test {

namespace {

struct Row {
    std::string_view text, mapped;
};

constexpr Row rows[] = {
    {"", ""},
    {"aZ_9 [", "AZ_9 ["},
    {"\xc3\xa4", "A\xcc\x88"},        // a with diaeresis
    {"\xc3\x84x", "A\xcc\x88X"},      // the capital
    {"a\xcc\x88", "A\xcc\x88"},       // decomposed already
    {"\xc3\x9f", "\xc3\x9f"},         // sharp s has no title case of its own
    {"\xc7\x86", "Dz\xcc\x8c"},       // the example of rfc5051#2
    {"\xcf\x82", "\xce\xa3"},         // final sigma
    {"\xd0\xb9", "\xd0\x98\xcc\x86"}, // Cyrillic short i
    {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
    {"a\xff", "A\xef\xbf\xbd"},
};

} // namespace

TEST(Casemap, TitlesAndDecomposes)
{
    for (const Row& row : rows)
        EXPECT_EQ(casemap(row.text), row.mapped) << row.text;
}

TEST(Casemap, OrdersCapitalsBeforeWhatLiesBetweenTheCases)
{
    EXPECT_LT(casemap("b"), casemap("_"));
    EXPECT_LT(casemap("B"), casemap("c"));
    EXPECT_EQ(casemap("STRA\xc3\x9f"
                      "e"),
              casemap("stra\xc3\x9f"
                      "E"));
}

TEST(Casemap, TakesLongTexts)
{
    std::string text;
    for (int i = 0; i < 1'000'000; ++i)
        text += "\xe2\x82\xac"; // 3 MB without a place in ASCII to cut
    EXPECT_EQ(casemap(text), text);
}

} // namespace mansio::message::test
