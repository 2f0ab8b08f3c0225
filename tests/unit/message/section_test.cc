#include "message/section.h"

#include <gtest/gtest.h>

namespace mansio::message::test {

namespace {

constexpr std::string_view message =
    "Subject: top\r\nTo: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain\r\n\r\none\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\n"
    "Subject: inner\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n"
    "--i\r\n\r\nleft\r\n--i\r\nContent-Type: text/html\r\n\r\nright\r\n--i--\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: plain\r\n\r\nbody\r\n"
    "--b--\r\n";

struct Row {
    std::vector<std::uint32_t> numbers;
    SectionText text;
    std::string_view wanted;
    std::vector<std::string> fields = {};
};

} // namespace

TEST(Section, ReadsEveryKind)
{
    using enum SectionText;
    const Row rows[] = {
        {{}, none, message},
        {{1}, none, "one"},
        {{1}, mime, "Content-Type: text/plain\r\n\r\n"},
        {{1}, header, "absent"},
        {{1}, text, "absent"},
        {{1, 1}, none, "absent"},
        {{0}, none, "absent"},
        {{4}, none, "absent"},
        {{}, mime, "absent"},
        {{}, header, "Subject: top\r\nTo: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"},
        {{}, header_fields, "Subject: top\r\n\r\n", {"SUBJECT", "x"}},
        {{}, header_fields_not, "Subject: top\r\nTo: a@b\r\n\r\n", {"content-type"}},
        {{2}, header, "Subject: inner\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n"},
        {{2}, header_fields, "Subject: inner\r\n\r\n", {"subject"}},
        {{2, 1}, none, "left"},
        {{2, 2}, none, "right"},
        {{2, 2}, mime, "Content-Type: text/html\r\n\r\n"},
        {{2, 3}, none, "absent"},
        {{3}, none, "Subject: plain\r\n\r\nbody"},
        {{3}, text, "body"},
        {{3, 1}, none, "body"},
        {{3, 1}, mime, "Subject: plain\r\n\r\n"},
        {{3, 1, 1}, none, "absent"},
    };
    Structure structure = parse_structure(message);
    for (const Row& row : rows) {
        auto found = read_section(message, structure, {row.numbers, row.text, row.fields});
        EXPECT_EQ(found ? found->view() : "absent", row.wanted) << testing::PrintToString(row.numbers);
    }
}

TEST(Section, PartOneOfAPlainMessageIsItsBody)
{
    std::string_view plain = "Subject: x\r\n\r\nbody\r\n";
    Structure structure = parse_structure(plain);
    EXPECT_EQ(read_section(plain, structure, {{1}, SectionText::none, {}})->view(), "body\r\n");
    EXPECT_EQ(read_section(plain, structure, {{1}, SectionText::mime, {}})->view(), "Subject: x\r\n\r\n");
    EXPECT_FALSE(read_section(plain, structure, {{2}, SectionText::none, {}}));
}

TEST(Section, AnEmptyMultipartHasOneEmptyPart)
{
    std::string_view empty = "Content-Type: multipart/mixed; boundary=b\r\n\r\nnothing\r\n";
    Structure structure = parse_structure(empty);
    EXPECT_EQ(read_section(empty, structure, {{1}, SectionText::none, {}})->view(), "");
    EXPECT_FALSE(read_section(empty, structure, {{2}, SectionText::none, {}}));
    EXPECT_EQ(read_binary(empty, structure, {1})->view(), "");
}

TEST(Binary, UndoesTheTransferEncoding)
{
    std::string_view text = "Content-Type: multipart/mixed; boundary=b\n\n"
                            "--b\nContent-Transfer-Encoding: BASE64\n\naGFs\nbG8=\n"
                            "--b\nContent-Transfer-Encoding: quoted-printable\n\na=3Db=\nc\n"
                            "--b\nContent-Transfer-Encoding: x-odd\n\nodd\n--b--\n";
    Structure structure = parse_structure(text);
    EXPECT_EQ(read_binary(text, structure, {1})->view(), "hallo");
    EXPECT_EQ(read_binary(text, structure, {2})->view(), "a=bc");
    EXPECT_EQ(read_binary(text, structure, {3}).error().fault, base::Fault::invalid);
    EXPECT_EQ(read_binary(text, structure, {4}).error().fault, base::Fault::not_found);
    EXPECT_EQ(read_binary(text, structure, {})->view(), text);
}

TEST(TransferDecoding, IsLenient)
{
    EXPECT_EQ(decode_base64("aGFsbG8"), "hallo");
    EXPECT_EQ(decode_base64("a G!F\r\nsbG8="), "hallo");
    EXPECT_EQ(decode_base64("aGFs=bG8="), "hallo"); // joined runs
    EXPECT_EQ(decode_base64("===="), "");
    EXPECT_EQ(decode_quoted_printable("a=3db =\r\nc=ZZ= "), "a=b c=ZZ");
    EXPECT_EQ(decode_quoted_printable("a  \r\nb"), "a\r\nb");
    EXPECT_EQ(decode_quoted_printable("=4"), "=4");
    EXPECT_EQ(decode_quoted_printable("=41=42"), "AB");
}

TEST(TransferEncoding, RoundTripsAnyBytes)
{
    std::string bytes;
    std::uint32_t state = 1;
    for (int i = 0; i < 3000; ++i) {
        state = state * 1664525 + 1013904223;
        char c = static_cast<char>(state >> 24);
        bytes += c == '\r' || c == '\n' ? '.' : c;
        if (i % 97 == 0)
            bytes += " \r\n";
    }
    EXPECT_EQ(decode_base64(encode_base64_lines(bytes)), bytes);
    std::string quoted = encode_quoted_printable(bytes);
    EXPECT_EQ(decode_quoted_printable(quoted), bytes);
    for (std::size_t at = 0; at < quoted.size();) {
        std::size_t end = std::min(quoted.find("\r\n", at), quoted.size());
        EXPECT_LE(end - at, 76u);
        at = end + 2;
    }
}

} // namespace mansio::message::test
