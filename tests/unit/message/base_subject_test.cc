#include "message/base_subject.h"

#include <gtest/gtest.h>

namespace mansio::message::test {

namespace {

struct Row {
    std::string_view subject, base;
    bool is_reply = false;
};

constexpr Row rows[] = {
    {"plain", "plain"},
    {"", ""},
    {" \t ", ""},
    {"a\t b\r\n c", "a b c"},
    // marks in front
    {"Re: plain", "plain", true},
    {"re:RE : plain", "plain", true},
    {"fw:a", "a", true},
    {"FWD [x] : a", "a", true},
    {"Re [2]: a", "a", true},
    {"Re:", "", true},
    {"re[2] [3]: a", "re[2] [3]: a"},
    {"re a", "re a"},
    {"regarding: a", "regarding: a"},
    {"Aw: a", "Aw: a"},
    // blobs
    {"[list] a", "a"},
    {"[list] Re: a", "a", true},
    {"Re: [list] a", "a", true},
    {"[a] [b] c", "c"},
    {"[a]re", "re"},
    {"[a[b]] c", "[a[b]] c"},
    {"[list]", "[list]"},
    {"[a][b]", "[b]"},
    {"Re: [list]", "[list]", true},
    // marks behind
    {"a (fwd)", "a", true},
    {"a (fwd) (FWD) ", "a", true},
    {"(fwd)", "", true},
    {"(fwd) a", "(fwd) a"},
    {"re: (fwd) [x]:", "(fwd) [x]:", true},
    // around
    {"[Fwd: a]", "a", true},
    {"[fwd: Re: a (fwd)]", "a", true},
    {"Re: [Fwd: [fwd: a]]", "a", true},
    {"[list] [fwd: a]", "a", true},
    {"[fwd:]", "", true},
    {"[fwd: a", "[fwd: a"},
    {"[fwd: a] b", "b"},
    {"a [fwd: b]", "a [fwd: b]"},
};

std::string repeated(std::string_view text, int times)
{
    std::string out;
    for (int i = 0; i < times; ++i)
        out += text;
    return out;
}

} // namespace

TEST(BaseSubject, TakesMarksOff)
{
    for (const Row& row : rows) {
        const auto found = base_subject(row.subject);
        EXPECT_EQ(found.text, row.base) << row.subject;
        EXPECT_EQ(found.is_reply, row.is_reply) << row.subject;
    }
}

TEST(BaseSubject, OfManyMarksIsFoundInOneWalk)
{
    constexpr int many = 300'000;
    EXPECT_EQ(base_subject(repeated("re:", many) + "x").text, "x");
    EXPECT_EQ(base_subject(repeated("[a]", many) + "x").text, "x");
    EXPECT_EQ(base_subject(repeated("[a] re: ", many) + "x").text, "x");
    EXPECT_EQ(base_subject("x" + repeated(" (fwd)", many)).text, "x");
    EXPECT_EQ(base_subject(repeated("[fwd:", many) + "x" + repeated("]", many)).text, "x");
    EXPECT_EQ(base_subject(repeated("[fwd: re: ", many) + "x" + repeated("]", many)).text, "x");
    const std::string open = repeated("[", many);
    EXPECT_EQ(base_subject(open).text, open);
}

} // namespace mansio::message::test
