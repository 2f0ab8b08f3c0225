#include "imapd/name_pattern.h"

#include <gtest/gtest.h>
#include <string>

using mansio::imapd::name_matches;

TEST(NamePattern, MatchesWholeNames)
{
    struct Row {
        std::string_view pattern;
        std::string_view name;
        bool matches;
    };
    constexpr Row rows[] = {
        {"*", "a/b/c", true},     {"*", "", true},        {"%", "a", true},
        {"%", "a/b", false},      {"%/%", "a/b", true},   {"a*", "a/b/c", true},
        {"a%", "a/b", false},     {"*c", "a/b/c", true},  {"a/*/c", "a/b/c", true},
        {"a/*/c", "a/c", false},  {"", "a", false},       {"", "", true},
        {"inbox", "INBOX", true}, {"In%", "INBOX", true}, {"inbox/a", "INBOX/a", false},
        {"Sent", "sent", false},  {"*%*", "a/b", true},   {"%*", "a/b", true},
        {"a%b", "axxb", true},    {"a%b", "ax/b", false},
    };
    for (const Row& row : rows)
        EXPECT_EQ(name_matches(row.pattern, row.name), row.matches) << row.pattern << ' ' << row.name;
}

TEST(NamePattern, ManyStarsCostNoMoreThanNameTimesPattern)
{
    std::string pattern;
    for (int i = 0; i < 500; ++i)
        pattern += "*a";
    EXPECT_FALSE(name_matches(pattern + "b", std::string(1000, 'a')));
}
