#include "imapd/search_answer.h"

#include <gtest/gtest.h>

namespace mansio::imapd::test {

namespace {

NumberRuns runs(std::initializer_list<std::uint32_t> numbers)
{
    NumberRuns out;
    for (const std::uint32_t number : numbers)
        out.add(number);
    return out;
}

} // namespace

TEST(NumberRuns, RiseInside)
{
    EXPECT_EQ(runs({7, 5, 1, 2, 3}).text(), "7,5,1:3");
    EXPECT_EQ(runs({3, 2, 1}).text(), "3,2,1");
    EXPECT_EQ(runs({3, 2, 1}).count(), 3U);
    EXPECT_EQ(runs({7, 5, 1, 2, 3}).count(), 5U);
    EXPECT_EQ(NumberRuns().text(), "");
}

TEST(NumberRuns, HavePartsByPlace)
{
    struct Row {
        imap::PartialRange range;
        std::string_view part;
    };
    constexpr Row rows[] = {
        {{1, 1, false}, "7"},       {{1, 2, false}, "7,5"},
        {{2, 4, false}, "5,1:2"},   {{4, 4, false}, "2"},
        {{5, 99, false}, "3"},      {{1, 99, false}, "7,5,1:3"},
        {{6, 9, false}, ""},        {{1, 1, true}, "3"},
        {{1, 2, true}, "2:3"},      {{3, 5, true}, "7,5,1"},
        {{5, 99, true}, "7"},       {{6, 9, true}, ""},
        {{1, 99, true}, "7,5,1:3"}, {{UINT32_MAX, UINT32_MAX, true}, ""},
    };
    const NumberRuns all = runs({7, 5, 1, 2, 3});
    for (const Row& row : rows) {
        EXPECT_EQ(part_of(all, row.range).text(), row.part)
            << (row.range.from_end ? "-" : "") << row.range.first << ':' << row.range.last;
        EXPECT_EQ(part_of(NumberRuns(), row.range).text(), "");
    }
}

} // namespace mansio::imapd::test
