#include "storage/rocks/crc32c.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace mansio::storage::rocks::test {

namespace {

std::uint32_t bit_by_bit(std::string_view bytes)
{
    std::uint32_t state = 0xFFFFFFFF;
    for (const char c : bytes) {
        state ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            state = state & 1 ? state >> 1 ^ 0x82F63B78 : state >> 1;
    }
    return ~state;
}

} // namespace

// The examples of the iSCSI standard.
TEST(Crc32c, AgreesWithTheStandardsExamples)
{
    EXPECT_EQ(crc32c(0, std::string(32, '\0').data(), 32), 0x8A9136AAu);
    EXPECT_EQ(crc32c(0, std::string(32, '\xff').data(), 32), 0x62A8AB43u);
    EXPECT_EQ(crc32c(0, "123456789", 9), 0xE3069283u);
    EXPECT_EQ(crc32c(0, "", 0), 0u);
}

TEST(Crc32c, IsTheSameHoweverTheBytesLieAndAreCut)
{
    std::mt19937 random(1);
    std::string bytes(20'000, '\0');
    for (char& c : bytes)
        c = static_cast<char>(random());
    for (int round = 0; round < 200; ++round) {
        const std::size_t begin = random() % 100;
        const std::size_t size = random() % (bytes.size() - begin);
        const std::size_t cut = size == 0 ? 0 : random() % size;
        const std::string_view piece = std::string_view(bytes).substr(begin, size);
        const std::uint32_t first = crc32c(0, piece.data(), cut);
        EXPECT_EQ(crc32c(first, piece.data() + cut, size - cut), bit_by_bit(piece)) << begin << ' ' << size;
    }
}

TEST(Crc32c, StandsInForTheLibrarysOwn)
{
    void* found = dlsym(RTLD_DEFAULT, "_ZN7rocksdb6crc32c6ExtendEjPKcm");
    ASSERT_NE(found, nullptr);
    Dl_info own{};
    Dl_info given{};
    ASSERT_NE(dladdr(reinterpret_cast<void*>(&crc32c), &own), 0);
    ASSERT_NE(dladdr(found, &given), 0);
    EXPECT_EQ(given.dli_fbase, own.dli_fbase) << "the library's function is used: reads cost twice as much";
}

} // namespace mansio::storage::rocks::test
