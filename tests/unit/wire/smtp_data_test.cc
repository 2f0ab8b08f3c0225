#include "wire/smtp/data_decoder.h"
#include "wire/smtp/data_encoder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>

namespace mansio::wire::smtp {
namespace {

struct Decoded {
    std::string text;
    std::string rest;
    bool done = false;
    std::uint64_t bare_cr = 0;
    std::uint64_t bare_lf = 0;
    bool operator==(const Decoded&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Decoded& decoded)
{
    return out << fmt::format("{:?} rest {:?} done {} cr {} lf {}", decoded.text, decoded.rest, decoded.done,
                              decoded.bare_cr, decoded.bare_lf);
}

/// Decodes in pieces of the sizes `next_size` gives.
template <class NextSize>
Decoded decode_in_pieces(std::string_view input, BareLineEnds mode, NextSize next_size)
{
    DataDecoder decoder(mode);
    Decoded decoded;
    while (!input.empty() && !decoder.done()) {
        const std::string piece(input.substr(0, next_size())); // its own memory: reading past it shows
        input.remove_prefix(decoder.decode(piece, decoded.text));
    }
    decoded.rest = input;
    decoded.done = decoder.done();
    decoded.bare_cr = decoder.bare_carriage_returns();
    decoded.bare_lf = decoder.bare_line_feeds();
    return decoded;
}

Decoded decode(std::string_view input, BareLineEnds mode = BareLineEnds::keep)
{
    return decode_in_pieces(input, mode, [] { return std::string_view::npos; });
}

TEST(DataDecoder, EndsAtTheFinalDotAndUnstuffs)
{
    EXPECT_EQ(decode("a\r\n.\r\nQUIT\r\n"), (Decoded{"a\r\n", "QUIT\r\n", true, 0, 0}));
    EXPECT_EQ(decode(".\r\n"), (Decoded{"", "", true, 0, 0}));
    EXPECT_EQ(decode("..\r\n.\r\n"), (Decoded{".\r\n", "", true, 0, 0}));
    EXPECT_EQ(decode("..a\r\n...b\r\nc.\r\n.d\r\n.\r\n"),
              (Decoded{".a\r\n..b\r\nc.\r\nd\r\n", "", true, 0, 0}));
    EXPECT_EQ(decode("\r\n\r\n.\r\n"), (Decoded{"\r\n\r\n", "", true, 0, 0}));
    EXPECT_FALSE(decode("a\r\n.").done);
    EXPECT_FALSE(decode("a\r\n.\r").done);
}

struct Smuggle {
    std::string_view ending;
    std::string_view kept;       ///< what stands in the message for it
    std::string_view normalised; ///< the same when bare line ends become CRLF
    std::uint64_t bare_cr, bare_lf;
};

// Each ending was taken for the end of a message by some server: the rest would be a second, smuggled one.
constexpr Smuggle smuggles[] = {
    {"\n.\n", "\n.\n", "\r\n.\r\n", 0, 2},
    {"\n.\r\n", "\n.\r\n", "\r\n.\r\n", 0, 1},
    {"\r\n.\n", "\r\n\n", "\r\n\r\n", 0, 1},
    {"\r.\r", "\r.\r", "\r\n.\r\n", 2, 0},
    {"\r.\r\n", "\r.\r\n", "\r\n.\r\n", 1, 0},
    {"\r\n.\r", "\r\n\r", "\r\n\r\n", 1, 0},
    {"\r\r\n.\n", "\r\r\n\n", "\r\n\r\n\r\n", 1, 1},
    {"\r\n\r.\r\n", "\r\n\r.\r\n", "\r\n\r\n.\r\n", 1, 0},
    {"\r\n.\r\r\n", "\r\n\r\r\n", "\r\n\r\n\r\n", 1, 0},
    {"\n\n.\r\n", "\n\n.\r\n", "\r\n\r\n.\r\n", 0, 2},
    {"\r\n.\n\r\n", "\r\n\n\r\n", "\r\n\r\n\r\n", 0, 1},
};

TEST(DataDecoder, NeverEndsAtASmuggledEnding)
{
    for (const Smuggle& row : smuggles) {
        const std::string input = "a" + std::string(row.ending) + "MAIL FROM:<x@y>\r\n.\r\nQUIT\r\n";
        const Decoded want{"a" + std::string(row.kept) + "MAIL FROM:<x@y>\r\n", "QUIT\r\n", true, row.bare_cr,
                           row.bare_lf};
        EXPECT_EQ(decode(input), want) << fmt::format("{:?}", row.ending);
    }
}

TEST(DataDecoder, NormalisesWhereAsked)
{
    for (const Smuggle& row : smuggles) {
        const std::string input = "a" + std::string(row.ending) + "b\r\n.\r\n";
        const Decoded got = decode(input, BareLineEnds::normalise);
        EXPECT_EQ(got.text, "a" + std::string(row.normalised) + "b\r\n") << fmt::format("{:?}", row.ending);
        EXPECT_TRUE(got.done);
        EXPECT_EQ(got.bare_cr + got.bare_lf, row.bare_cr + row.bare_lf);
    }
}

TEST(DataDecoder, AcceptsAnExtraCarriageReturnOnlyAsBare)
{
    // "\r\r\n.\r\n": the last CRLF "." CRLF is real, the CR before it is bare.
    EXPECT_EQ(decode("a\r\r\n.\r\n"), (Decoded{"a\r\r\n", "", true, 1, 0}));
}

TEST(DataDecoder, UnstuffsDotsOfASenderWhoseLinesEndWithLf)
{
    EXPECT_EQ(decode("a\n..b\r\n.\r\n", BareLineEnds::normalise).text, "a\r\n.b\r\n");
    EXPECT_EQ(decode("a\n.b\r\n.\r\n", BareLineEnds::normalise).text, "a\r\n.b\r\n");
    EXPECT_EQ(decode("a\n..b\r\n.\r\n", BareLineEnds::keep).text, "a\n..b\r\n");
}

/// One byte after the other with a table of its own: what decode() has to agree with.
Decoded decode_simply(std::string_view input)
{
    std::size_t end = input.starts_with(".\r\n") ? 0 : input.find("\r\n.\r\n");
    Decoded decoded;
    decoded.done = end != input.npos;
    if (decoded.done && !input.starts_with(".\r\n"))
        end += 2;
    const std::string_view body = input.substr(0, end);
    if (decoded.done)
        decoded.rest = input.substr(end + 3);
    for (std::size_t i = 0; i < body.size(); ++i) {
        const bool line_start = i == 0 || (i >= 2 && body.substr(i - 2, 2) == "\r\n");
        if (line_start && body[i] == '.')
            continue;
        decoded.text += body[i];
    }
    for (std::size_t i = 0; i < body.size(); ++i) {
        decoded.bare_cr += body[i] == '\r' && (i + 1 == body.size() || body[i + 1] != '\n');
        decoded.bare_lf += body[i] == '\n' && (i == 0 || body[i - 1] != '\r');
    }
    return decoded;
}

std::string random_text(std::mt19937& random, std::size_t size)
{
    constexpr std::string_view letters = "ab..\r\r\r\n\n\n";
    std::string text;
    while (text.size() < size) {
        if (random() % 3 == 0)
            text += "\r\n";
        else
            text += letters[random() % letters.size()];
    }
    return text;
}

TEST(DataDecoder, GivesTheSameHoweverTheInputIsCut)
{
    std::mt19937 random(42);
    for (int round = 0; round < 20'000; ++round) {
        const std::string input = random_text(random, random() % 40) + "x\r\n.\r\nrest";
        const Decoded want = decode_simply(input);
        ASSERT_EQ(decode(input), want) << fmt::format("{:?}", input);
        const Decoded pieces =
            decode_in_pieces(input, BareLineEnds::keep, [&] { return std::size_t(1 + random() % 5); });
        ASSERT_EQ(pieces, want) << fmt::format("{:?}", input);
        const Decoded whole = decode(input, BareLineEnds::normalise);
        const Decoded normalised =
            decode_in_pieces(input, BareLineEnds::normalise, [&] { return std::size_t(1 + random() % 5); });
        ASSERT_EQ(normalised, whole) << fmt::format("{:?}", input);
        LineEnds check(BareLineEnds::keep);
        std::string copy;
        check.copy(whole.text, copy);
        check.finish(copy);
        ASSERT_FALSE(check.bare()) << fmt::format("{:?}", whole.text);
    }
}

TEST(DataEncoder, StuffsAndEnds)
{
    EXPECT_EQ(dot_stuff("a\r\n"), "a\r\n.\r\n");
    EXPECT_EQ(dot_stuff("a"), "a\r\n.\r\n");
    EXPECT_EQ(dot_stuff(""), ".\r\n");
    EXPECT_EQ(dot_stuff(".\r\n..\r\na.b\r\n"), "..\r\n...\r\na.b\r\n.\r\n");
    EXPECT_EQ(dot_stuff("a\n.b\rc"), "a\r\n..b\r\nc\r\n.\r\n");
    EXPECT_EQ(dot_stuff("a\r"), "a\r\n.\r\n");
}

TEST(DataEncoder, IsUndoneByTheDecoder)
{
    std::mt19937 random(1);
    for (int round = 0; round < 20'000; ++round) {
        const std::string message = random_text(random, random() % 40);
        DataEncoder encoder;
        std::string wire;
        for (std::string_view rest = message; !rest.empty();) {
            const std::string_view piece = rest.substr(0, 1 + random() % 5);
            encoder.add(piece, wire);
            rest.remove_prefix(piece.size());
        }
        encoder.finish(wire);
        ASSERT_EQ(wire, dot_stuff(message)) << fmt::format("{:?}", message);
        const Decoded back = decode(wire + "rest");
        std::string want;
        LineEnds ends(BareLineEnds::normalise);
        ends.copy(message, want);
        ends.finish(want);
        if (!want.empty() && !want.ends_with("\r\n"))
            want += "\r\n";
        ASSERT_EQ(back, (Decoded{want, "rest", true, 0, 0})) << fmt::format("{:?}", message);
    }
}

TEST(LineDot, IsFoundWhereverItStands)
{
    EXPECT_EQ(find_line_dot(""), std::string_view::npos);
    EXPECT_EQ(find_line_dot("\n"), std::string_view::npos);
    for (std::size_t at = 0; at < 4000; ++at) {
        std::string text(4002, 'x');
        text.replace(at, 2, "\n.");
        ASSERT_EQ(find_line_dot(text), at);
    }
}

TEST(LineLength, IsFoundWithoutLookingAtEveryByte)
{
    EXPECT_FALSE(has_line_over("", 4));
    EXPECT_FALSE(has_line_over("abcd\r\nabcd\r\n", 4));
    EXPECT_TRUE(has_line_over("abcd\r\nabcde\r\n", 4));
    EXPECT_TRUE(has_line_over("abcde", 4));
    EXPECT_FALSE(has_line_over("a\r\nb\r\nc\r\nd\r\n", 4));
    EXPECT_TRUE(has_line_over(std::string(100, 'a'), 4));
}

} // namespace
} // namespace mansio::wire::smtp
