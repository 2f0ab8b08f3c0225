#include "base/bytes.h"
#include "base/text.h"
#include "wire/imap/date_time.h"
#include "wire/imap/mailbox_name.h"
#include "wire/imap/sequence_set.h"
#include "wire/imap/write.h"

#include <gtest/gtest.h>
#include <random>

namespace mansio::wire::imap {
namespace {

struct NameRow {
    std::string_view utf8;
    std::string_view wire;
};

constexpr NameRow names[] = {
    {"INBOX", "INBOX"},
    {"Löbende", "L&APY-bende"},
    {"Grün & Co", "Gr&APw-n &- Co"},
    {"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"}, // the example of rfc3501#5.1.3
    {"😀", "&2D3eAA-"},
    {"a*b%c", "a*b%c"},
    {"&&", "&-&-"},
    {"tab\t", "tab&AAk-"},
};

TEST(MailboxName, IsEncodedAndDecoded)
{
    for (const NameRow& row : names) {
        EXPECT_EQ(encode_modified_utf7(row.utf8), row.wire);
        EXPECT_EQ(decode_modified_utf7(row.wire), row.utf8);
    }
}

TEST(MailboxName, BrokenModifiedUtf7IsRefused)
{
    constexpr std::string_view broken[] = {
        "a&b",        // no sequence
        "&AC8-",      // an encoded slash
        "&AGE-",      // an encoded letter
        "&2D0-",      // a lone high surrogate
        "&3gA-",      // a lone low surrogate
        "&APY",       // no end
        "&A-",        // too short
        "&APZ-",      // bits left over
        "&AP!-",      // no base64
        "&APY-&APw-", // two runs in a row
        "L\xC3\xB6",  // 8-bit
    };
    for (const auto text : broken)
        EXPECT_FALSE(decode_modified_utf7(text)) << text;
}

TEST(MailboxName, RawNamesAreTakenAsTheyStand)
{
    EXPECT_EQ(mailbox_from_wire("R&D", NameEncoding::modified_utf7), "R&D");
    EXPECT_EQ(mailbox_from_wire("R&D", NameEncoding::utf8), "R&D");
    EXPECT_EQ(mailbox_from_wire("R&-D", NameEncoding::utf8), "R&-D");
    EXPECT_EQ(mailbox_from_wire("Löbende", NameEncoding::modified_utf7), "Löbende");
    EXPECT_FALSE(mailbox_from_wire("L\xF6", NameEncoding::modified_utf7));
    EXPECT_FALSE(mailbox_from_wire("L\xF6", NameEncoding::utf8));
}

TEST(MailboxName, InboxIsUpperCaseAlsoAsAParent)
{
    EXPECT_EQ(mailbox_from_wire("inbox", NameEncoding::modified_utf7), "INBOX");
    EXPECT_EQ(mailbox_from_wire("Inbox/Work", NameEncoding::utf8), "INBOX/Work");
    EXPECT_EQ(mailbox_from_wire("Inboxes", NameEncoding::utf8), "Inboxes");
}

TEST(MailboxName, EveryUtf8NameComesBack)
{
    std::mt19937 random(7);
    constexpr std::string_view pieces[] = {"a", "&", "-", "ö", "日", "😀", "/", "\x01", " ", ","};
    for (int round = 0; round < 2000; ++round) {
        std::string name;
        for (auto left = random() % 12; left > 0; --left)
            name += pieces[random() % std::size(pieces)];
        EXPECT_EQ(decode_modified_utf7(encode_modified_utf7(name)), name);
    }
}

TEST(SequenceSet, ResolvesStarsAndMergesRanges)
{
    struct Row {
        std::vector<SequenceRange> ranges;
        std::uint32_t largest;
        std::string_view shown;
    };
    const Row rows[] = {
        {{{1, 3}, {5, 5}}, 9, "1:3,5"},
        {{{5, 0}}, 3, "3:5"},
        {{{0, 5}}, 3, "3:5"},
        {{{0, 0}}, 7, "7"},
        {{{0, 0}}, 0, ""},
        {{{4, 0}, {2, 2}}, 0, "2"},
        {{{7, 4}, {5, 9}, {10, 10}}, 99, "4:10"},
        {{{1, UINT32_MAX}, {5, 6}}, 10, "1:4294967295"},
    };
    for (const Row& row : rows)
        EXPECT_EQ(SequenceSet{.ranges = row.ranges}.resolve(row.largest).text(), row.shown);
}

TEST(NumberSet, KnowsWhatItContains)
{
    const NumberSet set({{5, 7}, {1, 2}, {UINT32_MAX, UINT32_MAX}});
    for (const std::uint32_t in : {1U, 2U, 5U, 6U, 7U, UINT32_MAX})
        EXPECT_TRUE(set.contains(in)) << in;
    for (const std::uint32_t out : {0U, 3U, 4U, 8U})
        EXPECT_FALSE(set.contains(out)) << out;
    EXPECT_EQ(set.count(), 6U);
}

TEST(NumberSet, GrowsByRisingNumbers)
{
    NumberSet set;
    for (const std::uint32_t number : {1U, 2U, 3U, 3U, 7U, 9U, 10U})
        set.add(number);
    EXPECT_EQ(set.text(), "1:3,7,9:10");
}

TEST(Date, IsRead)
{
    EXPECT_EQ(parse_date("1-Jan-1970"), 0);
    EXPECT_EQ(parse_date("01-feb-1970"), 31);
    EXPECT_EQ(parse_date("29-Feb-2024"), 19'782);
    for (const auto* bad : {"29-Feb-2023", "32-Jan-2020", "1-Foo-2020", "1-Jan-20", "1 Jan 2020", "", "--"})
        EXPECT_FALSE(parse_date(bad)) << bad;
}

TEST(DateTime, IsReadWithItsZone)
{
    EXPECT_EQ(parse_date_time("17-Jul-1996 02:44:25 -0700"), 837'596'665);
    EXPECT_EQ(parse_date_time(" 1-Jan-1970 00:00:00 +0000"), 0);
    EXPECT_EQ(parse_date_time("01-Jan-1970 01:30:00 +0130"), 0);
    for (const auto* bad : {"17-Jul-1996 24:44:25 -0700", "17-Jul-1996 02:44:25", "17-Jul-1996 02:44:25 0700",
                            "17-Jul-1996  02:44:25 -0700"})
        EXPECT_FALSE(parse_date_time(bad)) << bad;
}

TEST(DateTime, IsWrittenInUtc)
{
    EXPECT_EQ(format_date_time(837'596'665), "17-Jul-1996 09:44:25 +0000");
    EXPECT_EQ(format_date_time(-1), "31-Dec-1969 23:59:59 +0000");
    EXPECT_EQ(day_of(-1), -1);
    EXPECT_EQ(day_of(86'400), 1);
}

std::string string_of(std::string_view text)
{
    std::string out;
    write_string(out, text);
    return out;
}

TEST(WriteString, ChoosesQuotesOrALiteral)
{
    EXPECT_EQ(string_of(""), "\"\"");
    EXPECT_EQ(string_of("a \"b\" \\"), "\"a \\\"b\\\" \\\\\"");
    EXPECT_EQ(string_of("a\r\nb"), "{4}\r\na\r\nb");
    EXPECT_EQ(string_of("ö"), "{2}\r\nö");
    EXPECT_EQ(string_of(std::string_view("a\0b", 3)), "{3}\r\na\x80"
                                                      "b");
    EXPECT_TRUE(string_of(std::string(1001, 'x')).starts_with("{1001}\r\n"));
}

TEST(WriteAstring, NeverSaysNil)
{
    std::string out;
    write_astring(out, "nil");
    out += ' ';
    write_astring(out, "INBOX");
    out += ' ';
    write_astring(out, "two words");
    out += ' ';
    write_nstring(out, std::nullopt);
    EXPECT_EQ(out, "\"nil\" INBOX \"two words\" NIL");
}

TEST(WriteMailbox, FollowsTheSessionsSpelling)
{
    std::string out;
    write_mailbox(out, "Löbende", NameEncoding::modified_utf7);
    out += ' ';
    write_mailbox(out, "Löbende \"x\"", NameEncoding::utf8);
    out += ' ';
    write_mailbox(out, "R&D", NameEncoding::utf8);
    EXPECT_EQ(out, "L&APY-bende \"Löbende \\\"x\\\"\" R&D");
}

TEST(WriteStatus, IsNeverEmptyAndKeepsTheSpaceAfterPlus)
{
    std::string out;
    write_status(out, "a1", {Condition::no, "TRYCREATE", "no such mailbox"});
    write_status(out, "", {Condition::bye, "", "see you"});
    write_status(out, "a2", {});
    write_continuation(out, "");
    EXPECT_EQ(out, "a1 NO [TRYCREATE] no such mailbox\r\n* BYE see you\r\na2 OK done\r\n+ \r\n");
}

} // namespace
} // namespace mansio::wire::imap
