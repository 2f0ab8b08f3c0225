#include "storage/rocks/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mansio::storage::rocks {

namespace {

constexpr std::uint32_t polynomial = 0x82F63B78; // reflected

constexpr auto byte_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t state = i;
        for (int bit = 0; bit < 8; ++bit)
            state = state & 1 ? state >> 1 ^ polynomial : state >> 1;
        table[i] = state;
    }
    return table;
}();

std::uint32_t by_table(std::uint32_t state, const char* bytes, std::size_t size)
{
    for (std::size_t i = 0; i < size; ++i)
        state = state >> 8 ^ byte_table[(state ^ static_cast<unsigned char>(bytes[i])) & 0xFF];
    return state;
}

#if defined(__x86_64__)

// The instruction takes three cycles and one can start in each: three lanes run side by side, and are joined.
constexpr std::size_t lane_size = 1024;

/// What a state becomes when lane_size zero bytes follow: linear, so a table for each of its four bytes will
/// do.
struct ShiftTable {
    std::array<std::array<std::uint32_t, 256>, 4> by_byte{};

    ShiftTable()
    {
        const std::array<char, lane_size> zeros{};
        std::array<std::uint32_t, 32> by_bit{};
        for (std::size_t bit = 0; bit < 32; ++bit)
            by_bit[bit] = by_table(std::uint32_t{1} << bit, zeros.data(), zeros.size());
        for (std::size_t place = 0; place < 4; ++place)
            for (std::size_t value = 0; value < 256; ++value)
                for (std::size_t bit = 0; bit < 8; ++bit)
                    if (value >> bit & 1)
                        by_byte[place][value] ^= by_bit[place * 8 + bit];
    }

    std::uint32_t apply(std::uint32_t state) const
    {
        return by_byte[0][state & 0xFF] ^ by_byte[1][state >> 8 & 0xFF] ^ by_byte[2][state >> 16 & 0xFF] ^
               by_byte[3][state >> 24];
    }
};

std::uint64_t word_at(const char* bytes)
{
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

[[gnu::target("sse4.2")]] std::uint32_t by_instruction(std::uint32_t state, const char* bytes,
                                                       std::size_t size)
{
    static const ShiftTable shift;
    for (; size >= 3 * lane_size; bytes += 3 * lane_size, size -= 3 * lane_size) {
        std::uint64_t first = state;
        std::uint64_t second = 0;
        std::uint64_t third = 0;
        for (std::size_t i = 0; i < lane_size; i += 8) {
            first = _mm_crc32_u64(first, word_at(bytes + i));
            second = _mm_crc32_u64(second, word_at(bytes + lane_size + i));
            third = _mm_crc32_u64(third, word_at(bytes + 2 * lane_size + i));
        }
        state = shift.apply(static_cast<std::uint32_t>(first)) ^ static_cast<std::uint32_t>(second);
        state = shift.apply(state) ^ static_cast<std::uint32_t>(third);
    }
    for (; size >= 8; bytes += 8, size -= 8)
        state = static_cast<std::uint32_t>(_mm_crc32_u64(state, word_at(bytes)));
    for (; size > 0; ++bytes, --size)
        state = _mm_crc32_u8(state, static_cast<unsigned char>(*bytes));
    return state;
}

#endif

} // namespace

bool has_crc32c_instruction()
{
#if defined(__x86_64__)
    static const bool has = __builtin_cpu_supports("sse4.2") != 0;
    return has;
#else
    return false;
#endif
}

std::uint32_t crc32c(std::uint32_t so_far, const char* bytes, std::size_t size)
{
#if defined(__x86_64__)
    if (has_crc32c_instruction())
        return ~by_instruction(~so_far, bytes, size);
#endif
    return ~by_table(~so_far, bytes, size);
}

} // namespace mansio::storage::rocks

namespace rocksdb::crc32c {

/// Stands in for the library's own: see crc32c.h.
std::uint32_t Extend(std::uint32_t so_far, const char* bytes, std::size_t size);
std::uint32_t Extend(std::uint32_t so_far, const char* bytes, std::size_t size)
{
    return mansio::storage::rocks::crc32c(so_far, bytes, size);
}

} // namespace rocksdb::crc32c
