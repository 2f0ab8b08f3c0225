#include "pop3d/surrogate.h"

#include "base/text.h"

#include <gtest/gtest.h>

using mansio::pop3d::surrogate_header;

TEST(Surrogate, LeavesAsciiFieldsAlone)
{
    const std::string header = "From: \"A. B.\" <a@b.example>\r\nX-Odd:\r\n folded\r\n\r\n";
    EXPECT_EQ(surrogate_header(header), header);
}

TEST(Surrogate, EncodesSubjectsAndNames)
{
    EXPECT_EQ(surrogate_header("Subject: gr\xc3\xbc\xc3\x9f\x65\r\n"
                               "To: J\xc3\xb6rg <joerg@b.example>, plain@b.example\r\n\r\n"),
              "Subject: =?utf-8?B?Z3LDvMOfZQ==?=\r\n"
              "To: =?utf-8?B?SsO2cmc=?= <joerg@b.example>,\r\n plain@b.example\r\n\r\n");
}

TEST(Surrogate, ReplacesAddressesThatNeedUtf8) // rfc6858#2.1
{
    EXPECT_EQ(surrogate_header("From: Joe <j\xc3\xb6@b.example>\r\n\r\n"),
              "From: Joe <invalid@internationalized-address.invalid>\r\n\r\n");
    const auto nameless = surrogate_header("From: j\xc3\xb6@b.example\r\n\r\n");
    EXPECT_TRUE(nameless.ends_with(" <invalid@internationalized-address.invalid>\r\n\r\n")) << nameless;
    EXPECT_NE(nameless.find("=?utf-8?"), std::string::npos) << nameless;
}

TEST(Surrogate, DropsWhatItCannotSay)
{
    EXPECT_EQ(
        surrogate_header("X-Any: \xc3\xbc\r\nDKIM-Signature: i=\xc3\xbc@b.example\r\nDate: today\r\n\r\n"),
        "Date: today\r\n\r\n");
}

TEST(Surrogate, IsAsciiInShortLinesWhateverComesIn)
{
    std::string header = "Subject: ";
    for (int n = 0; n < 2000; ++n)
        header += "\xf0\x9f\x8e\x89";
    header += "\r\nCc: ";
    for (int n = 0; n < 500; ++n)
        header += "\xc3\xa9 <a\xc3\xa9@b.example>, group\xc3\xa9: x@y.example;,";
    header += "\r\nFrom: \xff\xfe\r\n: nameless \xc3\xbc\r\n\r\n";
    const auto out = surrogate_header(header);
    EXPECT_TRUE(mansio::base::is_ascii(out));
    for (auto line : mansio::base::split(out, '\n'))
        EXPECT_LE(line.size(), 998u);
    EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}
