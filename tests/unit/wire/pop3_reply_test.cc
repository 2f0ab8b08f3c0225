#include "wire/pop3/apop.h"
#include "wire/pop3/reply.h"

#include <gtest/gtest.h>

namespace pop3 = mansio::wire::pop3;
using pop3::Reply;
using pop3::ResponseCode;

TEST(Pop3Reply, IsOneLineWithItsCode)
{
    EXPECT_EQ(pop3::print(Reply::ok("2 messages")), "+OK 2 messages\r\n");
    EXPECT_EQ(pop3::print(Reply::ok("")), "+OK\r\n");
    EXPECT_EQ(pop3::print(Reply::err("No such message")), "-ERR No such message\r\n");
    EXPECT_EQ(pop3::print(Reply::err("Wrong", ResponseCode::auth)), "-ERR [AUTH] Wrong\r\n");
    EXPECT_EQ(pop3::print(Reply::err("Later", ResponseCode::sys_temp)), "-ERR [SYS/TEMP] Later\r\n");
    EXPECT_EQ(pop3::print(Reply::err("Mode", ResponseCode::utf8)), "-ERR [UTF8] Mode\r\n");
}

TEST(Pop3Reply, StaysOneLineOfAtMost512OctetsWhateverTheText)
{
    EXPECT_EQ(pop3::print(Reply::ok("a\r\n.\r\nb")), "+OK a??.??b\r\n");
    const auto line = pop3::print(Reply::ok(std::string(1000, 'x')));
    EXPECT_EQ(line.size(), 512u);
    EXPECT_TRUE(line.ends_with("x\r\n"));
}

TEST(Pop3Reply, ChallengeKeepsItsSpaceWhenEmpty)
{
    EXPECT_EQ(pop3::print_challenge(""), "+ \r\n");
    EXPECT_EQ(pop3::print_challenge("Username:"), "+ VXNlcm5hbWU6\r\n");
}

TEST(Pop3Reply, ListingsAreNumberAndValue)
{
    std::string out;
    pop3::append_scan_listing(out, 3, 5'000'000'000);
    pop3::append_unique_id_listing(out, 4, "0000001a00000007");
    EXPECT_EQ(out, "3 5000000000\r\n4 0000001a00000007\r\n");
}

TEST(Pop3UniqueId, Is1To70PrintableCharactersWithoutSpace)
{
    EXPECT_TRUE(pop3::is_unique_id("!"));
    EXPECT_TRUE(pop3::is_unique_id(std::string(70, '~')));
    EXPECT_FALSE(pop3::is_unique_id(""));
    EXPECT_FALSE(pop3::is_unique_id(std::string(71, 'a')));
    EXPECT_FALSE(pop3::is_unique_id("a b"));
    EXPECT_FALSE(pop3::is_unique_id("\x7f"));
    EXPECT_FALSE(pop3::is_unique_id("\xc3\xb6"));
}

TEST(Pop3Apop, DigestIsThatOfTheRfc) // rfc1939#7
{
    EXPECT_EQ(pop3::apop_digest("<1896.697170952@dbc.mtview.ca.us>", "tanstaaf"),
              "c4c9334bac560ecc979e58001b3e22fb");
}

TEST(Pop3Apop, TimestampIsAMessageId)
{
    EXPECT_EQ(pop3::make_timestamp("abc", 1700000000123, "mail.example.test"),
              "<abc.1700000000123@mail.example.test>");
}
