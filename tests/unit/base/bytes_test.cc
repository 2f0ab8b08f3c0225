#include "base/bytes.h"

#include <gtest/gtest.h>

namespace mansio::base {
namespace {

TEST(Base64, EncodesAndDecodesTheVectorsOfRfc4648)
{
    struct Row {
        std::string_view plain, coded;
    };
    for (const Row& row : {Row{"", ""}, Row{"f", "Zg=="}, Row{"fo", "Zm8="}, Row{"foo", "Zm9v"},
                           Row{"foob", "Zm9vYg=="}, Row{"fooba", "Zm9vYmE="}, Row{"foobar", "Zm9vYmFy"}}) {
        EXPECT_EQ(base64_encode(row.plain), row.coded);
        EXPECT_EQ(base64_decode(row.coded), row.plain);
    }
}

TEST(Base64, RefusesWhatIsNotStrictlyBase64)
{
    for (const std::string_view bad : {"Zg", "Zg=", "Z===", "Zg==\n", "Z g=", "====", "Zg==Zg==", "*!@#"})
        EXPECT_EQ(base64_decode(bad), std::nullopt) << bad;
}

TEST(Reader, ReadsWhatWriterWrote)
{
    const std::string stored =
        Writer().u8(7).u32(0xDEADBEEF).u64(1ULL << 63).varint(300).varint(UINT64_MAX).string("abc").take();
    Reader in(stored);
    EXPECT_EQ(in.u8(), 7);
    EXPECT_EQ(in.u32(), 0xDEADBEEF);
    EXPECT_EQ(in.u64(), 1ULL << 63);
    EXPECT_EQ(in.varint(), 300U);
    EXPECT_EQ(in.varint(), UINT64_MAX);
    EXPECT_EQ(in.string(), "abc");
    EXPECT_TRUE(in.done());
}

TEST(Reader, TurnsNotOkAtEveryCutInsteadOfReadingPastTheEnd)
{
    const std::string stored = Writer().u32(1).string("hello").u64(2).take();
    for (std::size_t cut = 0; cut < stored.size(); ++cut) {
        Reader in(std::string_view(stored).substr(0, cut));
        in.u32();
        in.string();
        in.u64();
        EXPECT_FALSE(in.ok()) << cut;
    }
}

TEST(Random, TokensDifferAndKeepToTheirAlphabet)
{
    EXPECT_NE(random_token(20), random_token(20));
    EXPECT_EQ(random_token(33).find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos);
}

} // namespace
} // namespace mansio::base
