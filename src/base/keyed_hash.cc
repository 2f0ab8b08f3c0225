#include "base/keyed_hash.h"

#include "base/bytes.h"

#include <bit>

namespace mansio::base {
namespace {

struct State {
    std::uint64_t a, b, c, d;

    void mix()
    {
        a += b;
        c += d;
        b = std::rotl(b, 13) ^ a;
        d = std::rotl(d, 16) ^ c;
        a = std::rotl(a, 32);
        c += b;
        a += d;
        b = std::rotl(b, 17) ^ c;
        d = std::rotl(d, 21) ^ a;
        c = std::rotl(c, 32);
    }

    void add(std::uint64_t word)
    {
        d ^= word;
        mix();
        mix();
        a ^= word;
    }
};

/// Up to eight bytes, the first one lowest.
std::uint64_t word_of(std::string_view bytes)
{
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return word;
}

} // namespace

std::uint64_t sip_hash(std::uint64_t first_key, std::uint64_t second_key, std::string_view text)
{
    State state{first_key ^ 0x736f6d6570736575, second_key ^ 0x646f72616e646f6d,
                first_key ^ 0x6c7967656e657261, second_key ^ 0x7465646279746573};
    const std::uint64_t size = text.size();
    for (; text.size() >= 8; text.remove_prefix(8))
        state.add(word_of(text.substr(0, 8)));
    state.add(word_of(text) | size << 56);
    state.c ^= 0xff;
    for (int round = 0; round < 4; ++round)
        state.mix();
    return state.a ^ state.b ^ state.c ^ state.d;
}

KeyedHash::KeyedHash()
    : m_first(random_u64())
    , m_second(random_u64())
{
}

} // namespace mansio::base
