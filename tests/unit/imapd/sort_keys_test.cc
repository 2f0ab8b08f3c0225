#include "imapd/sort_keys.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <random>

namespace mansio::imapd::test {

namespace {

using wire::imap::SortCriterion;
using Key = SortCriterion::Key;

/// The messages sorted, counted from 1.
std::string order(const std::vector<SortCriterion>& criteria, const std::vector<std::string>& headers)
{
    SortKeys keys(criteria);
    for (const std::string& header : headers)
        EXPECT_TRUE(keys.add({.internal_date = 0,
                              .size = static_cast<std::uint32_t>(header.size()),
                              .fields = find_mail_fields(header)}));
    auto sorted = keys.order();
    for (std::uint32_t& one : sorted)
        ++one;
    return fmt::format("{}", fmt::join(sorted, " "));
}

std::vector<std::string> fields(std::string_view name, const std::vector<std::string_view>& values)
{
    std::vector<std::string> headers;
    for (const std::string_view value : values)
        headers.push_back(fmt::format("{}: {}\r\n\r\n", name, value));
    return headers;
}

} // namespace

TEST(SortKeys, OfSubjectsAreBaseSubjectsWithoutCase)
{
    const auto headers = fields("Subject", {"b", "Re: A", "", "a", "[x] _", "abcdefghij", "ABCDEFGH"});
    EXPECT_EQ(order({{Key::subject}}, headers), "3 2 4 7 6 1 5");
    EXPECT_EQ(order({{Key::subject, true}}, headers), "5 1 6 7 2 4 3");
}

TEST(SortKeys, OfAddressesAreTheFirstMailboxOrName)
{
    const auto headers = fields(
        "From", {"Zoe <b@x>, a@x", "c@a", "", "friends: d@x;", "\"\" <e@x>", "=?utf-8?Q?=C3=84nn?= <a@z>"});
    EXPECT_EQ(order({{Key::from}}, headers), "3 6 1 2 5 4");
    EXPECT_EQ(order({{Key::display_from}}, headers), "3 6 2 5 4 1");
}

TEST(SortKeys, OfDatesAreMomentsOrElseTheInternalDate)
{
    const auto headers = fields("Date", {"1 Jan 2020 12:00:00 +0200", "1 Jan 2020 11:00:00 +0000", "never",
                                         "31 Dec 1969 00:00:00 +0000"});
    EXPECT_EQ(order({{Key::date}}, headers), "4 3 1 2");
}

TEST(SortKeys, DecideOneAfterAnother)
{
    const std::vector<std::string> headers = {
        "Subject: a\r\nDate: 2 Jan 2020 00:00:00 +0000\r\n",
        "Subject: b\r\nDate: 1 Jan 2020 00:00:00 +0000\r\n",
        "Subject: a\r\nDate: 3 Jan 2020 00:00:00 +0000\r\n",
    };
    EXPECT_EQ(order({{Key::subject}, {Key::date}}, headers), "1 3 2");
    EXPECT_EQ(order({{Key::subject}, {Key::date, true}}, headers), "3 1 2");
    EXPECT_EQ(order({{Key::subject}, {Key::subject, true}, {Key::relevancy}}, headers), "1 3 2");
    EXPECT_EQ(order({{Key::relevancy}}, headers), "1 2 3");
}

TEST(SortKeys, CompareAsTextsDo)
{
    std::mt19937 random(3);
    std::vector<std::string> texts;
    std::vector<std::string> headers;
    for (int i = 0; i < 2000; ++i) {
        std::string text;
        for (auto left = random() % 20; left > 0; --left)
            text += random() % 4 == 0 ? 'A' : 'B';
        headers.push_back("Subject: " + text + "\r\n\r\n");
        texts.push_back(std::move(text));
    }
    std::vector<std::size_t> expected(texts.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        expected[i] = i + 1;
    std::ranges::sort(expected, {}, [&](std::size_t i) { return std::pair(texts[i - 1], i); });
    EXPECT_EQ(order({{Key::subject}}, headers), fmt::format("{}", fmt::join(expected, " ")));
}

TEST(SortKeys, LookAtHeadersOnlyWhereTheyMustBeLookedAt)
{
    const std::vector<SortCriterion> numbers = {{Key::size}, {Key::arrival}, {Key::relevancy}};
    const std::vector<SortCriterion> dates = {{Key::size}, {Key::date}};
    EXPECT_FALSE(SortKeys(numbers).asks_header());
    EXPECT_TRUE(SortKeys(dates).asks_header());
}

TEST(MailFields, AreThoseThatEnvelopeShows)
{
    const auto found = find_mail_fields("Subject: one\r\nSUBJECT: two\r\nFrom: \r\nFrom: a@b\r\nFrom: c@d\r\n"
                                        "\r\nTo: body\r\n");
    EXPECT_EQ(found.subject, " two");
    EXPECT_EQ(found.from, " a@b");
    EXPECT_EQ(found.to, "");
}

} // namespace mansio::imapd::test
