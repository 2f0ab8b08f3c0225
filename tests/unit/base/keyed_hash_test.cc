#include "base/keyed_hash.h"

#include <gtest/gtest.h>
#include <string>

namespace mansio::base::test {

TEST(KeyedHash, IsSipHash)
{
    constexpr std::uint64_t first = 0x0706050403020100;
    constexpr std::uint64_t second = 0x0f0e0d0c0b0a0908;
    std::string bytes;
    EXPECT_EQ(sip_hash(first, second, bytes), 0x726fdb47dd0e0e31U);
    for (char c = 0; c < 15; ++c)
        bytes += c;
    EXPECT_EQ(sip_hash(first, second, bytes), 0xa129ca6149be45e5U);
}

TEST(KeyedHash, HasItsOwnKey)
{
    const KeyedHash one;
    const KeyedHash other;
    EXPECT_EQ(one("text"), one(std::string("text")));
    EXPECT_NE(one("text"), other("text"));
}

} // namespace mansio::base::test
