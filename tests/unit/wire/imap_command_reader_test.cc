#include "wire/imap/command_reader.h"

#include <gtest/gtest.h>

namespace mansio::wire::imap {
namespace {

using Next = CommandReader::Next;
using Sync = CommandReader::Literal::Sync;

constexpr CommandReader::Limits small{.line = 40, .literal = 10, .total = 60, .literals = 2};

TEST(CommandReader, ALineWithoutALiteralIsAWholeCommand)
{
    CommandReader reader(small);
    EXPECT_EQ(reader.add_line("a NOOP"), Next::complete);
    EXPECT_EQ(reader.bytes(), "a NOOP");
    EXPECT_FALSE(reader.has_literal());
}

TEST(CommandReader, LiteralsAreKeptInline)
{
    CommandReader reader(small);
    ASSERT_EQ(reader.add_line("a LOGIN {3}"), Next::literal);
    EXPECT_EQ(reader.literal().size, 3U);
    EXPECT_EQ(reader.literal().sync, Sync::waits_for_continuation);
    reader.add_literal("x\r\n");
    ASSERT_EQ(reader.add_line(" {0+}"), Next::literal);
    EXPECT_EQ(reader.literal().sync, Sync::comes_unasked);
    reader.add_literal("");
    EXPECT_EQ(reader.add_line(""), Next::complete);
    EXPECT_EQ(reader.bytes(), "a LOGIN {3}\r\nx\r\n {0+}\r\n");
}

TEST(CommandReader, RefusesWhatIsOverACap)
{
    CommandReader line(small);
    EXPECT_EQ(line.add_line(std::string(41, 'x')), Next::refuse);
    CommandReader literal(small);
    EXPECT_EQ(literal.add_line("a LOGIN {11+}"), Next::refuse);
    EXPECT_EQ(literal.literal().size, 11U);
    EXPECT_EQ(literal.literal().sync, Sync::comes_unasked);
    CommandReader many(small);
    for (int i = 0; i < 2; ++i) {
        ASSERT_EQ(many.add_line("{1}"), Next::literal);
        many.add_literal("x");
    }
    EXPECT_EQ(many.add_line("{1}"), Next::refuse);
    CommandReader total(small);
    ASSERT_EQ(total.add_line("a {10}"), Next::literal);
    total.add_literal("0123456789");
    EXPECT_EQ(total.add_line(std::string(34, 'x')), Next::complete);
    CommandReader lines(small);
    ASSERT_EQ(lines.add_line(std::string(30, 'x') + "{1}"), Next::literal);
    lines.add_literal("x");
    EXPECT_EQ(lines.add_line("12345678"), Next::refuse) << "the lines of a command count together";
}

TEST(LiteralAtEnd, SeesEveryForm)
{
    struct Row {
        std::string_view line;
        bool found;
        std::uint64_t size = 0;
        Sync sync = Sync::waits_for_continuation;
        bool binary = false;
    };
    constexpr Row rows[] = {
        {.line = "x {12}", .found = true, .size = 12},
        {.line = "x {12+}", .found = true, .size = 12, .sync = Sync::comes_unasked},
        {.line = "x ~{7+}", .found = true, .size = 7, .sync = Sync::comes_unasked, .binary = true},
        {.line = "x {99999999999999999999999}", .found = true, .size = INT64_MAX},
        {.line = "x {}", .found = false},
        {.line = "x {+}", .found = false},
        {.line = "x {-1}", .found = false},
        {.line = "x {1} ", .found = false},
        {.line = "}", .found = false},
        {.line = "", .found = false},
    };
    for (const Row& row : rows) {
        CommandReader::Literal literal;
        EXPECT_EQ(literal_at_end(row.line, literal), row.found) << row.line;
        if (!row.found)
            continue;
        EXPECT_EQ(literal.size, row.size) << row.line;
        EXPECT_EQ(literal.sync, row.sync) << row.line;
        EXPECT_EQ(literal.binary, row.binary) << row.line;
    }
}

} // namespace
} // namespace mansio::wire::imap
