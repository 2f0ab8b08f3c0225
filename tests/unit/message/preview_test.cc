#include "message/preview.h"

#include "message/imap_form.h"

#include <gtest/gtest.h>

namespace mansio::message {
namespace {

std::string preview(std::string_view message)
{
    return preview_text(message, parse_structure(message));
}

std::size_t characters(std::string_view utf8)
{
    std::size_t count = 0;
    for (const char c : utf8)
        count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
}

TEST(Preview, IsOneLineOfWhatTheSenderSays)
{
    EXPECT_EQ(preview("Subject: x\r\n\r\nHello  Bob,\r\n\r\n\tall is well.\r\n"), "Hello Bob, all is well.");
    EXPECT_EQ(preview("\r\n> you wrote this\r\n>> and that\r\nYes.\r\n-- \r\nAnn\r\n"), "Yes.");
    EXPECT_EQ(preview("Subject: x\r\n\r\n"), "");
    EXPECT_EQ(preview("Subject: x\r\n"), "");
}

TEST(Preview, UndoesTransferEncodingAndCharset)
{
    EXPECT_EQ(preview("Content-Type: text/plain; charset=iso-8859-1\r\n"
                      "Content-Transfer-Encoding: quoted-printable\r\n\r\nSch=F6ne Gr=FC=DFe\r\n"),
              "Schöne Grüße");
    EXPECT_EQ(preview("Content-Type: text/plain; charset=utf-8\r\n"
                      "Content-Transfer-Encoding: base64\r\n\r\n44GT44KT44Gr44Gh44Gv\r\n"),
              "こんにちは");
}

TEST(Preview, LeavesMarkupOut)
{
    EXPECT_EQ(preview("Content-Type: text/html\r\n\r\n<html><head><title>no</title><style>p{x}</style></head>"
                      "<body><!-- no --><p>Dear&nbsp;<b>B</b>ob,</p><p>5 &lt; 6 &amp; so&#8230;</p></body>"),
              "Dear Bob, 5 < 6 & so…");
}

TEST(Preview, TakesTheFirstTextThatIsNoAttachment)
{
    EXPECT_EQ(preview("Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                      "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nlog file\r\n"
                      "--b\r\nContent-Type: image/png\r\n\r\nxx\r\n"
                      "--b\r\nContent-Type: text/plain\r\n\r\n \r\n"
                      "--b\r\nContent-Type: text/html\r\n\r\n<p>See above\r\n--b--\r\n"),
              "See above");
}

TEST(Preview, SaysNothingAboutWhatIsEncrypted)
{
    EXPECT_EQ(preview("Content-Type: multipart/encrypted; boundary=b\r\n\r\n"
                      "--b\r\nContent-Type: text/plain\r\n\r\nVersion: 1\r\n--b--\r\n"),
              "");
}

TEST(Preview, IsAtMostTwoHundredCharacters)
{
    const auto words = preview("\r\n" + std::string(3000, 'x'));
    EXPECT_EQ(words, std::string(200, 'x'));
    std::string greek = "Content-Type: text/plain; charset=utf-8\r\n\r\n";
    for (int i = 0; i < 500; ++i)
        greek += "αβγ ";
    const auto cut = preview(greek);
    EXPECT_LE(characters(cut), preview_characters);
    EXPECT_GE(characters(cut), preview_characters - 4);
    EXPECT_TRUE(cut.ends_with("γ") || cut.ends_with("β") || cut.ends_with("α")) << cut;
}

TEST(Preview, HidesWhatTakesNoRoomOrTurnsTheTextAround)
{
    EXPECT_EQ(preview("Content-Type: text/plain; charset=utf-8\r\n\r\n"
                      "a\xE2\x80\x8B\xE2\x80\xAE"
                      "b\xC2\xA0\xCD\x8F c\x07"
                      "d"),
              "ab c d");
}

TEST(Preview, IsStoredWithTheFormsAndOldFormsAreStillRead)
{
    const auto forms = make_imap_forms("Subject: x\r\n\r\nHello\r\n");
    ASSERT_TRUE(forms.preview);
    const auto again = unpack_imap_forms(pack(forms));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->preview, "Hello");
    EXPECT_EQ(again->envelope, forms.envelope);
    const auto old = unpack_imap_forms(std::string("\x02\x01"
                                                   "e"
                                                   "\x01"
                                                   "b"
                                                   "\x01"
                                                   "s"
                                                   "\x01\x01"
                                                   "f",
                                                   10));
    ASSERT_TRUE(old);
    EXPECT_EQ(old->fields, "f");
    EXPECT_FALSE(old->preview);
    const auto oldest = unpack_imap_forms(std::string("\x01\x01"
                                                      "e"
                                                      "\x01"
                                                      "b"
                                                      "\x01"
                                                      "s",
                                                      7));
    ASSERT_TRUE(oldest);
    EXPECT_FALSE(oldest->fields);
    EXPECT_FALSE(unpack_imap_forms(std::string("\x04\x01"
                                               "e"
                                               "\x01"
                                               "b"
                                               "\x01"
                                               "s",
                                               7)));
}

struct HtmlRow {
    std::string_view html;
    std::string_view text;
};

constexpr HtmlRow html_rows[] = {
    {"a<br>b", "a b"},
    {"a<b>b</b>c", "abc"},
    {"a < b <3 c", "a < b <3 c"},
    {"&amp;&AMP;&unknown;&#65;&#x42;&#xD800;&#0;&", "&&AMP;&unknown;AB&#xD800;&#0;&"},
    {"x<script>if (a<b) '</p>'</script >y", "x y"},
    {"x<style>", "x "},
    {"x<!-- y", "x"},
    {"x<p", "x "},
    {"<header>h</header>", " h "},
};

TEST(TextOfHtml, ReadsWhatAPersonWouldSee)
{
    for (const HtmlRow& row : html_rows)
        EXPECT_EQ(text_of_html(row.html), row.text) << row.html;
}

} // namespace
} // namespace mansio::message
