#include "message/message_id.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace mansio::message::test {

namespace {

struct Row {
    std::string_view value, ids; // joined by spaces
};

constexpr Row rows[] = {
    {" <a@b>", "a@b"},
    {"<a@b> <c@d>", "a@b c@d"},
    {"<a@b><c@d>", "a@b c@d"},
    {"<Aa@b>", "Aa@b"},
    {"<\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>", "01KF8JCEOCBS0045PS@xxx.yyy.com"}, // rfc5256#3
    {"<\"a\\\"b\"@c>", "a\"b@c"},
    {"<a\"b@c> <d@e>", "a\"b@c d@e"},
    {"<\"a>b\"@c>", "a>b@c"},
    {"<a@\r\n\tb>", "a@b"},
    {"Your message of \"Fri\" <a@b> (x)", "a@b"},
    {"<x <a@b>", "a@b"},
    {"a@b", ""},
    {"<ab>", ""},
    {"<@b> <a@>", ""},
    {"<a@b", ""},
    {"<\"a@b> <c@d>", ""},
    {"", ""},
};

} // namespace

TEST(MessageIds, AreInOneSpelling)
{
    for (const Row& row : rows)
        EXPECT_EQ(fmt::format("{}", fmt::join(message_ids(row.value), " ")), row.ids) << row.value;
}

TEST(MessageIds, ManyOpeningsAreWalkedOverOnce)
{
    EXPECT_EQ(message_ids(std::string(1'000'000, '<') + "a@b>").size(), 1U);
    std::string quotes;
    for (int i = 0; i < 500'000; ++i)
        quotes += "<\"";
    EXPECT_TRUE(message_ids(quotes).empty());
}

} // namespace mansio::message::test
