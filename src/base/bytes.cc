#include "base/bytes.h"

#include <cstdlib>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sys/random.h>

namespace mansio::base {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_reverse()
{
    std::array<std::int8_t, 256> reverse{};
    reverse.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        reverse[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return reverse;
}

constexpr auto reverse_alphabet = make_reverse();

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

std::string base64_encode(std::string_view bytes)
{
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    const auto at = [&](std::size_t i) -> unsigned {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
    };
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const unsigned group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
        out += alphabet[group >> 18];
        out += alphabet[group >> 12 & 63];
        out += i + 1 < bytes.size() ? alphabet[group >> 6 & 63] : '=';
        out += i + 2 < bytes.size() ? alphabet[group & 63] : '=';
    }
    return out;
}

std::optional<std::string> base64_decode(std::string_view text)
{
    if (text.size() % 4 != 0)
        return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    unsigned group = 0;
    for (std::size_t i = 0; i < text.size() - padding; ++i) {
        const int value = reverse_alphabet[static_cast<unsigned char>(text[i])];
        if (value < 0)
            return std::nullopt;
        group = group << 6 | static_cast<unsigned>(value);
        if (i % 4 == 3) {
            out += static_cast<char>(group >> 16 & 255);
            out += static_cast<char>(group >> 8 & 255);
            out += static_cast<char>(group & 255);
            group = 0;
        }
    }
    if (padding == 1) {
        out += static_cast<char>(group >> 10 & 255);
        out += static_cast<char>(group >> 2 & 255);
    } else if (padding == 2) {
        out += static_cast<char>(group >> 4 & 255);
    }
    return out;
}

std::string hex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

std::optional<std::string> unhex(std::string_view text)
{
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9')
            return c - '0';
        if (c >= 'a' && c <= 'f')
            return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    if (text.size() % 2 != 0)
        return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit(text[i]);
        const int low = digit(text[i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        out += static_cast<char>(high << 4 | low);
    }
    return out;
}

std::string sha256(std::string_view bytes)
{
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    SHA256(bytes_of(bytes), bytes.size(), reinterpret_cast<unsigned char*>(out.data()));
    return out;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes)
{
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    unsigned size = SHA256_DIGEST_LENGTH;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(),
         reinterpret_cast<unsigned char*>(out.data()), &size);
    return out;
}

bool equal_constant_time(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t count)
{
    std::string out(count, '\0');
    for (std::size_t filled = 0; filled < count;) {
        const auto got = getrandom(out.data() + filled, count - filled, 0);
        if (got <= 0)
            std::abort();
        filled += static_cast<std::size_t>(got);
    }
    return out;
}

std::uint64_t random_u64()
{
    return Reader(random_bytes(8)).u64();
}

std::string random_token(std::size_t count)
{
    constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::string out;
    while (out.size() < count)
        for (const char c : random_bytes(count)) {
            const auto value = static_cast<unsigned char>(c);
            if (value < 252 && out.size() < count) // 252 = 7 * 36: no letter is likelier than another
                out += letters[value % letters.size()];
        }
    return out;
}

Writer& Writer::u8(std::uint8_t value)
{
    m_out += static_cast<char>(value);
    return *this;
}

Writer& Writer::u32(std::uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        m_out += static_cast<char>(value >> shift & 255);
    return *this;
}

Writer& Writer::u64(std::uint64_t value)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        m_out += static_cast<char>(value >> shift & 255);
    return *this;
}

Writer& Writer::varint(std::uint64_t value)
{
    for (; value >= 128; value >>= 7)
        m_out += static_cast<char>(value | 128);
    m_out += static_cast<char>(value);
    return *this;
}

Writer& Writer::string(std::string_view value)
{
    varint(value.size());
    m_out += value;
    return *this;
}

Writer& Writer::raw(std::string_view value)
{
    m_out += value;
    return *this;
}

std::string_view Reader::raw(std::size_t count)
{
    if (!m_ok || count > m_rest.size()) {
        m_ok = false;
        return {};
    }
    const auto taken = m_rest.substr(0, count);
    m_rest.remove_prefix(count);
    return taken;
}

std::uint8_t Reader::u8()
{
    const auto taken = raw(1);
    return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken[0]);
}

std::uint32_t Reader::u32()
{
    std::uint32_t value = 0;
    for (const char c : raw(4))
        value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

std::uint64_t Reader::u64()
{
    std::uint64_t value = 0;
    for (const char c : raw(8))
        value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

std::uint64_t Reader::varint()
{
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        const std::uint8_t byte = u8();
        value |= static_cast<std::uint64_t>(byte & 127) << shift;
        if (byte < 128)
            return value;
    }
    m_ok = false;
    return 0;
}

std::string_view Reader::string()
{
    return raw(varint());
}

} // namespace mansio::base
