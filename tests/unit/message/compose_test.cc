#include "message/compose.h"

#include "base/text.h"
#include "message/encoded_word.h"
#include "message/header.h"
#include "message/inspect.h"
#include "message/section.h"

#include <gtest/gtest.h>

namespace mansio::message::test {

namespace {

std::size_t longest(std::string_view text)
{
    return inspect(text).max_line_length;
}

ReportParts sample_report()
{
    return {.from = "Mail Delivery System <postmaster@mail.example>",
            .to = "joe@example.com",
            .subject = "Unzustellbar: Gr\xc3\xbc\xc3\x9f"
                       "e",
            .message_id = "<1@mail.example>",
            .date = 0,
            .in_reply_to = "<2@example.com>",
            .report_type = "delivery-status",
            .text = "Hello,\n.\nline\n",
            .status = "Reporting-MTA: dns; mail.example\n\nFinal-Recipient: rfc822; x@y\nAction: failed\n",
            .original = "Subject: old\r\n\r\n--body--\r\n",
            .returned = ReportParts::Return::full,
            .auto_submitted = "auto-replied"};
}

} // namespace

TEST(HeaderWriter, RefusesLineEndsAndBadNames)
{
    HeaderWriter writer;
    EXPECT_FALSE(writer.text("Subject", "a\r\nBcc: x@y"));
    EXPECT_FALSE(writer.text("Subject", "a\nb"));
    EXPECT_FALSE(writer.structured("To", std::string_view("a\0b", 3)));
    EXPECT_FALSE(writer.structured("To", "\xc3\xa4@b"));
    EXPECT_FALSE(writer.text("Sub ject", "a"));
    EXPECT_FALSE(writer.text("", "a"));
    EXPECT_FALSE(writer.text("A:", "a"));
    EXPECT_EQ(writer.lines(), "");
    EXPECT_TRUE(writer.structured("To", "\xc3\xa4@b", HeaderWriter::Utf8::allowed));
    EXPECT_TRUE(writer.text("Subject", "x"));
    EXPECT_EQ(writer.take(), "To: \xc3\xa4@b\r\nSubject: x\r\n");
}

TEST(HeaderWriter, FoldsAndUnfoldsToTheSame)
{
    std::string value = "word";
    for (int i = 0; i < 100; ++i) {
        value += i % 7 ? " " : "  \t";
        value += std::string(static_cast<std::size_t>(i % 23) + 1, 'x');
        std::string line = fold_header("Some-Name", value);
        EXPECT_LE(longest(line), 78u);
        EXPECT_EQ(Headers(line + "\r\n").value("some-name"), value);
    }
    EXPECT_EQ(fold_header("A", std::string(200, 'x')), "A: " + std::string(200, 'x') + "\r\n");
    EXPECT_EQ(fold_header("A", ""), "A:\r\n");
}

TEST(Report, HasThreePartsThatReadBack)
{
    auto text = compose_report(sample_report());
    ASSERT_TRUE(text);
    Overview overview = inspect(*text);
    EXPECT_EQ(overview.bare_line_feeds + overview.bare_carriage_returns, 0u);
    EXPECT_FALSE(overview.eight_bit);
    EXPECT_EQ(overview.auto_submitted, "auto-replied");
    Structure structure = parse_structure(*text);
    EXPECT_TRUE(structure.root().is("multipart", "report"));
    EXPECT_EQ(find_parameter(structure.root().parameters, "report-type"), "delivery-status");
    auto part = [&](std::uint32_t number) {
        return std::string(read_binary(*text, structure, {number})->view());
    };
    EXPECT_EQ(part(1), "Hello,\r\n.\r\nline\r\n");
    EXPECT_EQ(part(2),
              "Reporting-MTA: dns; mail.example\r\n\r\nFinal-Recipient: rfc822; x@y\r\nAction: failed\r\n");
    EXPECT_EQ(part(3), "Subject: old\r\n\r\n--body--\r\n");
    EXPECT_EQ(structure.children(0).size(), 3u);
    EXPECT_EQ(decode_header_text(Headers(*text).value("subject")), sample_report().subject);
}

TEST(Report, ReturnsHeadersOnly)
{
    ReportParts parts = sample_report();
    parts.returned = ReportParts::Return::headers;
    parts.original = "Subject: \xc3\xa4\nTo: x\n\nsecret\n";
    auto text = compose_report(parts);
    ASSERT_TRUE(text);
    EXPECT_EQ(text->find("secret"), std::string::npos);
    Structure structure = parse_structure(*text);
    EXPECT_TRUE(structure.parts.back().is("text", "rfc822-headers"));
    EXPECT_EQ(structure.parts.back().encoding, "8bit");
    EXPECT_EQ(structure.root().encoding, "8bit");
    parts.original.clear();
    EXPECT_EQ(parse_structure(*compose_report(parts)).parts.size(), 3u);
}

TEST(Report, RefusesInjectedFields)
{
    ReportParts parts = sample_report();
    parts.to = "a@b\r\nBcc: c@d";
    EXPECT_FALSE(compose_report(parts));
}

TEST(Notice, EncodesItsText)
{
    NoticeParts parts{.from = "a@b",
                      .to = "c@d",
                      .subject = "s",
                      .message_id = "<1@b>",
                      .date = 0,
                      .text = "Gr\xc3\xbc\xc3\x9f"
                              "e " +
                              std::string(200, 'x') + "\n",
                      .auto_submitted = ""};
    auto text = compose_notice(parts);
    ASSERT_TRUE(text);
    EXPECT_LE(longest(*text), 78u);
    EXPECT_TRUE(base::is_ascii(*text));
    Structure structure = parse_structure(*text);
    std::string wanted = parts.text;
    wanted.insert(wanted.size() - 1, "\r");
    EXPECT_EQ(read_binary(*text, structure, {1})->view(), wanted);
}

TEST(MessageId, IsNeverTheSame)
{
    EXPECT_NE(make_message_id("h", 1), make_message_id("h", 1));
    EXPECT_TRUE(make_message_id("h", 1).ends_with("@h>"));
}

TEST(Inspect, TellsWhatIntakeNeeds)
{
    Overview overview =
        inspect("Received: a\r\nReceived: b\r\nFrom: X <x@y>, z@w\r\nSubject: =?utf-8?Q?=C3=A4?=\r\n"
                "Date: now\r\nMessage-ID:\r\n <1@2>\r\nDelivered-To: q@r\r\nAuto-Submitted: No (x)\r\n\r\n"
                "1234567890\r\n12\r\n");
    EXPECT_EQ(overview.received_count, 2u);
    ASSERT_EQ(overview.from.size(), 2u);
    EXPECT_EQ(overview.from[1].address(), "z@w");
    EXPECT_EQ(overview.from_count, 1u);
    EXPECT_FALSE(overview.from_broken);
    EXPECT_TRUE(overview.has_date);
    EXPECT_EQ(overview.message_id, "<1@2>");
    EXPECT_EQ(overview.subject, "\xc3\xa4");
    EXPECT_EQ(overview.delivered_to, std::vector<std::string>{"q@r"});
    EXPECT_EQ(overview.auto_submitted, "no");
    EXPECT_FALSE(overview.eight_bit);
    EXPECT_EQ(overview.max_line_length, 27u);
}

TEST(Inspect, CountsOddBytes)
{
    Overview overview = inspect(std::string_view("From: a\nX: \r\r\n\nb\xe4\0\r", 20));
    EXPECT_TRUE(overview.from_broken);
    EXPECT_TRUE(overview.eight_bit);
    EXPECT_FALSE(overview.eight_bit_header);
    EXPECT_TRUE(overview.has_nul);
    EXPECT_EQ(overview.bare_line_feeds, 2u);
    EXPECT_EQ(overview.bare_carriage_returns, 2u);
    EXPECT_FALSE(overview.has_date);
}

TEST(Inspect, CountsBareLineEndsWhereverTheyStand)
{
    std::string text = "A: b\r\n\r\n";
    std::size_t feeds = 0;
    std::size_t returns = 0;
    for (std::size_t line = 0; line < 3000; ++line) {
        const std::string_view ends[] = {"\r\n", "\n", "\r", "\n\r\n", "\r\r\n"};
        const std::size_t kind = line % 7 % 5;
        text += std::string(line % 13, 'x');
        text += ends[kind];
        text += 'y';
        feeds += kind == 1 || kind == 3;
        returns += kind == 2 || kind == 4;
    }
    const Overview overview = inspect(text);
    EXPECT_EQ(overview.bare_line_feeds, feeds);
    EXPECT_EQ(overview.bare_carriage_returns, returns);
    const std::string all_feeds(100'000, '\n');
    EXPECT_EQ(inspect(all_feeds).bare_line_feeds, 100'000u);
    EXPECT_EQ(inspect("").bare_line_feeds, 0u);
}

TEST(NormaliseLineEnds, LeavesOnlyCrlf)
{
    EXPECT_EQ(normalise_line_ends("a\nb\rc\r\nd\r\r\n\n"), "a\r\nb\r\nc\r\nd\r\n\r\n\r\n");
    EXPECT_EQ(normalise_line_ends("a\r\n"), "a\r\n");
    EXPECT_EQ(normalise_line_ends(""), "");
}

} // namespace mansio::message::test
