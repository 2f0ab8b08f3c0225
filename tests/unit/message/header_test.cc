#include "message/header.h"

#include <gtest/gtest.h>

namespace mansio::message::test {

namespace {

std::string show(std::string_view text)
{
    std::string out;
    HeaderScanner scanner(text);
    while (auto field = scanner.next())
        out += std::string(field->name) + "=" + unfold(field->value) + ";";
    return out + "body at " + std::to_string(scanner.body_offset());
}

struct Row {
    std::string_view name, text, shown;
};

constexpr Row rows[] = {
    {"two fields", "A: 1\r\nB: 2\r\n\r\nbody", "A=1;B=2;body at 14"},
    {"line feeds alone", "A: 1\nB: 2\n\nbody", "A=1;B=2;body at 11"},
    {"folded", "A: 1\r\n two\r\n\tthree\r\n\r\n", "A=1 two\tthree;body at 22"},
    {"white line is a fold", "A: 1\r\n \r\nB: 2\r\n\r\n", "A=1;B=2;body at 17"},
    {"no colon", "junk\r\nB: 2\r\n\r\n", "=junk;B=2;body at 14"},
    {"space before colon", "A : 1\r\n\r\n", "A=1;body at 9"},
    {"starts with white space", " A: 1\r\n\r\n", "=A: 1;body at 9"},
    {"no empty line", "A: 1\r\nB: 2", "A=1;B=2;body at 10"},
    {"empty", "", "body at 0"},
    {"empty line first", "\r\nA: 1", "body at 2"},
    {"bare CR is a byte", "A: 1\rB: 2\r\n\r\n", "A=1\rB: 2;body at 13"},
};

} // namespace

TEST(HeaderScanner, GivesFieldsAsTheyStand)
{
    for (const Row& row : rows)
        EXPECT_EQ(show(row.text), row.shown) << row.name;
}

TEST(HeaderScanner, FieldsPutTogetherAreTheHeader)
{
    std::string_view text = "A: 1\r\n two\r\njunk\r\nB:\r\n\r\nbody";
    std::string together;
    HeaderScanner scanner(text);
    while (auto field = scanner.next()) {
        EXPECT_EQ(field->offset, together.size());
        together += field->whole;
    }
    EXPECT_EQ(together, text.substr(0, scanner.blank_line_offset()));
    EXPECT_EQ(text.substr(scanner.body_offset()), "body");
}

TEST(Headers, FindsWithoutCaseAndInOrder)
{
    Headers headers("a: 1\r\nB: 2\r\nA: 3\r\n\r\nA: 4\r\n");
    EXPECT_EQ(headers.value("A"), "1");
    EXPECT_EQ(headers.find_all("a").size(), 2u);
    EXPECT_TRUE(headers.has("b"));
    EXPECT_FALSE(headers.has("c"));
    EXPECT_EQ(headers.value("c"), "");
    EXPECT_EQ(headers.body_offset(), 20u);
}

TEST(Headers, StopsAtItsLimitAndStillFindsTheBody)
{
    Headers headers("a: 1\r\nb: 2\r\nc: 3\r\n\r\nbody", {.fields = 2, .bytes = 1000});
    EXPECT_EQ(headers.fields().size(), 2u);
    EXPECT_TRUE(headers.truncated());
    EXPECT_EQ(headers.body_offset(), 20u);
}

} // namespace mansio::message::test
