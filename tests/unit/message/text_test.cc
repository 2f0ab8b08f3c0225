#include "base/text.h"
#include "message/charset.h"
#include "message/encoded_word.h"
#include "message/search_text.h"

#include <gtest/gtest.h>

namespace mansio::message::test {

namespace {

struct Row {
    std::string_view value, shown;
};

constexpr Row words[] = {
    {"plain", "plain"},
    {"=?iso-8859-1?Q?a=E4?=", "a\xc3\xa4"},
    {"=?utf-8?B?w6Q=?= =?utf-8?B?w6Q=?=", "\xc3\xa4\xc3\xa4"},
    {"=?utf-8?B?w6Q=?=\r\n =?utf-8?B?w6Q=?= x", "\xc3\xa4\xc3\xa4 x"},
    {"=?utf-8?B?ww==?= =?utf-8?B?pA==?=", "\xc3\xa4"}, // a character cut in two
    {"a =?utf-8?q?b_c?= d", "a b c d"},
    {"=?utf-8*de?Q?x?=", "x"},
    {"=?utf-8?Q?open", "=?utf-8?Q?open"},
    {"=?utf-8?X?a?=", "=?utf-8?X?a?="},
    {"=??Q?a?=", "=??Q?a?="},
    {"=?no-such-set?Q?=E4?=", "\xc3\xa4"},
    {"raw \xe4", "raw \xc3\xa4"},
    {"raw \xc3\xa4", "raw \xc3\xa4"},
    {"=?koi8-r?B?79TXxdQ=?=", "\xd0\x9e\xd1\x82\xd0\xb2\xd0\xb5\xd1\x82"},
    {"=?iso-2022-jp?B?GyRCJCIbKEI=?=", "\xe3\x81\x82"},
    {"=?iso-2022-jp?B?GyRCJCIbKEI=?= =?iso-2022-jp?B?GyRCJCIbKEI=?=", "\xe3\x81\x82\xe3\x81\x82"},
};

} // namespace

TEST(EncodedWord, Decodes)
{
    for (const Row& row : words)
        EXPECT_EQ(decode_header_text(row.value), row.shown) << row.value;
}

TEST(EncodedWord, RoundTripsInWordsOfAtMost75)
{
    std::string text = "a";
    for (int i = 0; i < 60; ++i) {
        text += i % 3 ? "\xe2\x82\xac" : " x";
        std::string encoded = encode_header_text(text);
        EXPECT_TRUE(base::is_ascii(encoded));
        EXPECT_EQ(decode_header_text(encoded), text);
        for (std::string_view word : base::split(encoded, ' '))
            EXPECT_LE(word.size(), 75u);
    }
    EXPECT_EQ(encode_header_text("plain"), "plain");
    EXPECT_EQ(decode_header_text(encode_header_text("=?utf-8?Q?x?=")), "=?utf-8?Q?x?=");
    EXPECT_EQ(encode_header_text("a\r\nb"), "a  b");
}

TEST(Parameter, JoinsAndDecodesPieces)
{
    auto decode = [](std::string_view value) {
        return decode_parameter(parse_content_type(value).parameters, "name").value_or("absent");
    };
    EXPECT_EQ(decode("a/b; name=x"), "x");
    EXPECT_EQ(decode("a/b; name*=utf-8''%c3%a4"), "\xc3\xa4");
    EXPECT_EQ(decode("a/b; name*0*=iso-8859-1'de'%e4; name*1=b; name*2*=%20c"), "\xc3\xa4"
                                                                                "b c");
    EXPECT_EQ(decode("a/b; name*0=a; name*1=b; name*3=d"), "ab");
    EXPECT_EQ(decode("a/b; name=\"=?utf-8?Q?=C3=A4?=\""), "\xc3\xa4");
    EXPECT_EQ(decode("a/b; name*=plain"), "plain");
    EXPECT_EQ(decode("a/b; names=x"), "absent");
}

TEST(Charset, ConvertsAndRepairs)
{
    EXPECT_EQ(to_utf8("\x80", "iso-8859-1"), "\xe2\x82\xac"); // read as windows-1252
    EXPECT_EQ(to_utf8("\xe4", "no-such"), "\xc3\xa4");
    EXPECT_EQ(to_utf8("\xc3\xa4", ""), "\xc3\xa4");
    EXPECT_EQ(to_utf8("\xc4\xe3", "GB2312"), "\xe4\xbd\xa0");
    EXPECT_TRUE(is_known_charset("KOI8-R"));
    EXPECT_FALSE(is_known_charset("no-such"));
    for (std::string_view charset :
         {"utf-8", "utf-16", "utf-7", "iso-2022-jp", "gb18030", "big5", "shift_jis", "", "x"})
        for (int first = 0; first < 256; ++first)
            EXPECT_TRUE(base::is_utf8(to_utf8(std::string{static_cast<char>(first), '\xff', 'a'}, charset)))
                << charset;
}

TEST(Fold, ComparesAsPeopleDo)
{
    EXPECT_EQ(fold_for_search("M\xc3\xbcller"), "muller");
    EXPECT_EQ(fold_for_search("STRASSE"), fold_for_search("Stra\xc3\x9f"
                                                          "e"));
    EXPECT_EQ(fold_for_search("a \r\n\tb"), "a b");
    EXPECT_EQ(fold_for_search("\xef\xac\x81"), "fi");
    EXPECT_EQ(fold_for_search("\xce\xa3\xce\x91\xcf\x82"), fold_for_search("\xcf\x83\xce\xb1\xcf\x83"));
}

TEST(Fold, IsTheSameWhereverTheTextIsCut)
{
    // Tabled scripts, others, marks that stand alone, broken bytes.
    constexpr std::string_view pieces[] = {
        "a",    "B ",       "\xc3\xa4", "\xd0\x96", "\xcc\x88",         "\xe6\x97\xa5", "\xe3\x82\x99",
        "\xff", "\xe6\x97", "\xc3",     "\xc2\xa0", "\xf0\x9f\x98\x80", "\r\n",         "\xc2\x85"};
    for (std::string_view first : pieces)
        for (std::string_view second : pieces) {
            const std::string joined = std::string(first) + "x" + std::string(second) + "x";
            const std::string apart =
                fold_for_search(std::string(first) + "x") + fold_for_search(std::string(second) + "x");
            EXPECT_EQ(fold_for_search(joined), apart) << testing::PrintToString(joined);
        }
    const std::string japanese = "\xe6\x97\xa5\xe6\x9c\xac";
    EXPECT_EQ(fold_for_search(japanese + "\xc3\x84" + japanese), japanese + "a" + japanese);
    EXPECT_EQ(fold_for_search("\xe6\x97\xc3\xa4"), "\xef\xbf\xbd"
                                                   "a");
    EXPECT_EQ(fold_for_search("\xc2\xa0\xe3\x80\x80 \va"), " a");
}

TEST(SearchText, LooksIntoDecodedPartsAndHeaders)
{
    std::string_view message =
        "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\n"
        "Content-Type: multipart/mixed; boundary=b\n\n"
        "--b\nContent-Type: text/plain; charset=iso-8859-1\n"
        "Content-Transfer-Encoding: quoted-printable\n\nsch=F6n hier\n"
        "--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nc2Now7Zu\n"
        "--b\nContent-Type: message/rfc822\n\nSubject: inside\n\nnested words\n--b--\n";
    Structure structure = parse_structure(message);
    auto found = [&](std::string_view text, SearchWhere where) {
        return contains_text(message, structure, fold_for_search(text), where);
    };
    EXPECT_TRUE(found("SCH\xc3\x96N", SearchWhere::body));
    EXPECT_TRUE(found("Nested", SearchWhere::body));
    EXPECT_TRUE(found("subject: inside", SearchWhere::body));
    EXPECT_FALSE(found("gr\xc3\xbc\xc3\x9f", SearchWhere::body));
    EXPECT_TRUE(found("gr\xc3\xbc\xc3\x9f", SearchWhere::text));
    EXPECT_TRUE(found("", SearchWhere::body));
    EXPECT_FALSE(found("c2Now7Zu", SearchWhere::text));
    EXPECT_TRUE(header_contains(message, "subject", fold_for_search("gruss")));
    EXPECT_FALSE(header_contains(message, "subject", "inside"));
    EXPECT_TRUE(header_contains(message, "Content-type", ""));
    EXPECT_FALSE(header_contains(message, "x-none", ""));
}

} // namespace mansio::message::test
