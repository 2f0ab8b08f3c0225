#include "wire/pop3/content.h"

#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

namespace pop3 = mansio::wire::pop3;
using namespace std::string_view_literals;

namespace {

std::string stuffed(std::string_view message, pop3::Nul nul = pop3::Nul::keep)
{
    pop3::DotStuffer stuffer(nul);
    std::string out;
    stuffer.add(message, out);
    stuffer.finish(out);
    return out;
}

std::string cut(std::string_view message, std::uint64_t lines, std::size_t piece_size)
{
    pop3::TopCutter cutter(lines);
    std::string out;
    for (std::size_t at = 0; at < message.size() && !cutter.done(); at += piece_size)
        out.append(cutter.take(message.substr(at, piece_size)));
    return out;
}

bool needs_utf8(std::string_view message, std::size_t piece_size = 1000)
{
    pop3::HeaderScan scan;
    for (std::size_t at = 0; at < message.size() && !scan.done(); at += piece_size)
        scan.add(message.substr(at, piece_size));
    return scan.needs_utf8();
}

// What a client does with the answer: undo the dots, drop the end.
std::string unstuffed(std::string_view answer)
{
    std::string out;
    for (;;) {
        const auto end = answer.find("\r\n");
        auto line = answer.substr(0, end + 2);
        answer.remove_prefix(end + 2);
        if (line == ".\r\n") {
            EXPECT_TRUE(answer.empty());
            return out;
        }
        if (line.starts_with('.'))
            line.remove_prefix(1);
        out.append(line);
    }
}

} // namespace

TEST(Pop3DotStuffer, DoublesDotsAndEndsWithADotLine)
{
    struct Row {
        std::string_view name, message, shown;
    };
    const Row rows[] = {
        {"plain", "a\r\nb\r\n", "a\r\nb\r\n.\r\n"},
        {"dot first", ".a\r\n", "..a\r\n.\r\n"},
        {"dot alone", "a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"},
        {"two dots", "..\r\n", "...\r\n.\r\n"},
        {"dot inside", "a.b\r\n", "a.b\r\n.\r\n"},
        {"dot after a bare LF", "a\n.b\r\n", "a\r\n..b\r\n.\r\n"},
        {"dot after a bare CR", "a\r.b\r\n", "a\r.b\r\n.\r\n"},
        {"no end of line", "a", "a\r\n.\r\n"},
        {"CR at the end", "a\r", "a\r\n.\r\n"},
        {"empty lines", "\r\n\n\r\n", "\r\n\r\n\r\n.\r\n"},
        {"empty message", "", ".\r\n"},
        {"CR CR LF", "a\r\r\n", "a\r\r\n.\r\n"},
    };
    for (const Row& row : rows)
        EXPECT_EQ(stuffed(row.message), row.shown) << row.name;
}

TEST(Pop3DotStuffer, SendsNulAs0x80OnlyWhenAsked)
{
    EXPECT_EQ(stuffed("a\0b\r\n"sv), "a\0b\r\n.\r\n"sv);
    EXPECT_EQ(stuffed("a\0b\r\n"sv, pop3::Nul::as_0x80), "a\x80"
                                                         "b\r\n.\r\n");
    EXPECT_EQ(stuffed("\0.\r\n"sv, pop3::Nul::as_0x80), "\x80.\r\n.\r\n");
}

TEST(Pop3DotStuffer, GivesTheSameForAnyPiecesAndTheClientUndoesIt)
{
    std::mt19937 random(7);
    constexpr std::string_view alphabet = ".a\r\n\n.b";
    for (int round = 0; round < 2000; ++round) {
        std::string message;
        for (auto length = random() % 40; length > 0; --length)
            message += alphabet[random() % alphabet.size()];
        pop3::DotStuffer stuffer;
        std::string out;
        for (std::size_t at = 0; at < message.size();) {
            const std::size_t size = 1 + random() % 5;
            stuffer.add(std::string_view(message).substr(at, size), out);
            at += size;
        }
        stuffer.finish(out);
        ASSERT_EQ(out, stuffed(message));
        // A message of whole CRLF lines comes back byte for byte.
        std::string lines;
        for (char c : message)
            lines += c == '\r' ? std::string() : c == '\n' ? std::string("\r\n") : std::string(1, c);
        if (!lines.empty() && !lines.ends_with("\r\n"))
            lines += "\r\n";
        ASSERT_EQ(unstuffed(stuffed(lines)), lines);
    }
}

TEST(Pop3TopCutter, TakesTheHeaderAndTheFirstLines)
{
    constexpr auto message = "A: 1\r\nB: 2\r\n\r\none\r\n\r\nthree\r\n"sv;
    for (std::size_t piece : {1u, 2u, 3u, 7u, 1000u}) {
        EXPECT_EQ(cut(message, 0, piece), "A: 1\r\nB: 2\r\n\r\n") << piece;
        EXPECT_EQ(cut(message, 1, piece), "A: 1\r\nB: 2\r\n\r\none\r\n") << piece;
        EXPECT_EQ(cut(message, 2, piece), "A: 1\r\nB: 2\r\n\r\none\r\n\r\n") << piece;
        EXPECT_EQ(cut(message, 3, piece), message) << piece;
        EXPECT_EQ(cut(message, 999, piece), message) << piece;
    }
}

TEST(Pop3TopCutter, TakesBareLineFeedsAndMessagesWithoutABody)
{
    EXPECT_EQ(cut("A: 1\n\none\ntwo\n", 1, 3), "A: 1\n\none\n");
    EXPECT_EQ(cut("A: 1\r\n", 5, 3), "A: 1\r\n");
    EXPECT_EQ(cut("\r\nbody\r\n", 0, 3), "\r\n");
    EXPECT_EQ(cut("\r\nbody", 1, 3), "\r\nbody");
}

TEST(Pop3TopCutter, IsTheSameHoweverALineOfCarriageReturnsIsCut)
{
    const std::string_view message = "a: b\r\n\r\r\nc: d\r\n\r\nbody\r\n";
    for (std::size_t cut = 0; cut <= message.size(); ++cut) {
        pop3::TopCutter cutter(0);
        std::string out(cutter.take(message.substr(0, cut)));
        if (!cutter.done())
            out += cutter.take(message.substr(cut));
        EXPECT_EQ(out, "a: b\r\n\r\r\nc: d\r\n\r\n") << cut;
    }
}

TEST(Pop3TopCutter, SaysWhenNothingMoreIsNeeded)
{
    pop3::TopCutter cutter(0);
    EXPECT_EQ(cutter.take("A: 1\r\n"), "A: 1\r\n");
    EXPECT_FALSE(cutter.done());
    EXPECT_EQ(cutter.take("\r\nmore"), "\r\n");
    EXPECT_TRUE(cutter.done());
    EXPECT_EQ(cutter.take("more"), "");
}

TEST(Pop3HeaderScan, SeesUtf8InTheHeaderOnly)
{
    EXPECT_FALSE(needs_utf8("Subject: plain\r\n\r\nbody\r\n"));
    EXPECT_TRUE(needs_utf8("Subject: gr\xc3\xbc\xc3\x9f\x65\r\n\r\nbody\r\n"));
    EXPECT_TRUE(needs_utf8("Subject: gr\xc3\xbc\xc3\x9f\x65\r\n\r\nbody\r\n", 1)) << "cut inside a character";
    EXPECT_FALSE(needs_utf8("Subject: plain\r\n\r\ngr\xc3\xbc\xc3\x9f\x65\r\n")) << "8bit bodies are old";
    EXPECT_FALSE(needs_utf8("Subject: gr\xfc\xdf\x65\r\n\r\nbody\r\n")) << "Latin-1 was never allowed";
    EXPECT_FALSE(needs_utf8(""));
}

TEST(Pop3HeaderScan, CutsEndlessLinesAndStillKnows)
{
    EXPECT_FALSE(needs_utf8("X: " + std::string(1'000'000, 'x') + "\r\n\r\n"));
    EXPECT_TRUE(needs_utf8("X: \xc3\xbc" + std::string(1'000'000, 'x') + "\r\n\r\n"));
}
