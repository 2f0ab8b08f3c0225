#include "message/date.h"

#include <gtest/gtest.h>

namespace mansio::message::test {

namespace {

struct Row {
    std::string_view value, internal; // "" where it can't be read
};

constexpr Row rows[] = {
    {"Fri, 21 Nov 1997 09:55:06 -0600", "21-Nov-1997 09:55:06 -0600"},
    {"21 Nov 97 09:55:06 GMT", "21-Nov-1997 09:55:06 +0000"},
    {"21 Nov 49 09:55 EST", "21-Nov-2049 09:55:00 -0500"},
    {"1 Jan 102 00:00:00 +0000", "01-Jan-2002 00:00:00 +0000"},
    {" Fri , 21 (day) Nov 1997 09(comment):   55  :  06 -0600", "21-Nov-1997 09:55:06 -0600"},
    {"Fri, 21 Nov 1997 (a (nested) one) 09:55:06 (b) -0600 (MDT)", "21-Nov-1997 09:55:06 -0600"},
    {"Fri,21 Nov 1997 09:55:06 -0600", "21-Nov-1997 09:55:06 -0600"},
    {"Fri Nov 21 09:55:06 1997", "21-Nov-1997 09:55:06 +0000"},
    {"21 November 1997 09:55:06 Z", "21-Nov-1997 09:55:06 +0000"},
    {"21-Nov-1997 09:55:06 +0530", "21-Nov-1997 09:55:06 +0530"},
    {"29 Feb 2000 23:59:60 +0000", "01-Mar-2000 00:00:00 +0000"},
    {"21 Nov 1997 09:55:06 -0000", "21-Nov-1997 09:55:06 +0000"},
    {"1 Jan 1950 00:00:00 +0000", "01-Jan-1950 00:00:00 +0000"},
    {"29 Feb 1900 00:00:00 +0000", ""},
    {"31 Jun 2001 00:00:00 +0000", ""},
    {"21 Nov 1997", ""},
    {"21 Nov 1997 25:00:00 +0000", ""},
    {"tomorrow", ""},
    {"", ""},
};

} // namespace

TEST(Date, ReadsWhatMailHolds)
{
    for (const Row& row : rows) {
        auto date = parse_date(row.value);
        EXPECT_EQ(date ? format_internal_date(*date) : "", row.internal) << row.value;
    }
}

TEST(Date, CountsSecondsInUtc)
{
    EXPECT_EQ(parse_date("Thu, 01 Jan 1970 01:00:00 +0100")->time, 0);
    EXPECT_EQ(parse_date("Wed, 17 Jul 1996 02:44:25 -0700")->time, 837596665);
}

TEST(InternalDate, RoundTrips)
{
    for (base::Seconds time = -5'000'000'000; time < 200'000'000'000; time += 1'234'567'890)
        for (std::int32_t zone : {0, -720, 330, 840}) {
            DateTime date{time, zone};
            auto back = parse_internal_date(format_internal_date(date));
            ASSERT_TRUE(back) << format_internal_date(date);
            EXPECT_EQ(*back, date);
        }
}

TEST(InternalDate, IsStrict)
{
    EXPECT_TRUE(parse_internal_date(" 7-Jul-1996 02:44:25 -0700"));
    for (std::string_view bad :
         {"17-Jul-1996", "17-Jul-1996 02:44:25", "17-Jul-1996 2:44:25 -0700", "32-Jul-1996 02:44:25 -0700",
          "17-Foo-1996 02:44:25 -0700", "17-Jul-1996 02:44:25 PST", "17-Jul-96 02:44:25 -0700", ""})
        EXPECT_FALSE(parse_internal_date(bad)) << bad;
}

TEST(ImapDate, CountsDays)
{
    EXPECT_EQ(parse_imap_date("1-Jan-1970"), 0);
    EXPECT_EQ(parse_imap_date("02-Jan-1970"), 1);
    EXPECT_EQ(parse_imap_date("1-Mar-2000"), 11017);
    EXPECT_FALSE(parse_imap_date("30-Feb-2000"));
    EXPECT_FALSE(parse_imap_date("1-January-2000"));
    EXPECT_EQ(written_day(*parse_date("1 Jan 1970 00:30:00 +0100")), 0);
    EXPECT_EQ(written_day(*parse_date("31 Dec 1969 23:30:00 -0100")), -1);
}

} // namespace mansio::message::test
