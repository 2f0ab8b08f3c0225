#pragma once
#include "base/outcome.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::base {

/// Base64 of rfc4648#4, with padding, no line breaks.
std::string base64_encode(std::string_view bytes);
/// Strict: right alphabet, right padding, nothing else. For SASL.
std::optional<std::string> base64_decode(std::string_view text);

std::string hex(std::string_view bytes);
std::optional<std::string> unhex(std::string_view text);

/// 32 raw bytes.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
/// No early exit: for secrets. Different sizes compare unequal.
bool equal_constant_time(std::string_view a, std::string_view b);

/// From the operating system's generator; never fails (it aborts if the generator does).
std::string random_bytes(std::size_t count);
std::uint64_t random_u64();
/// `count` characters of [0-9a-z], for ids and generated passwords.
std::string random_token(std::size_t count);

/// Writes stored values: integers big-endian or as LEB128, strings with their length in front.
class Writer {
public:
    Writer& u8(std::uint8_t value);
    Writer& u32(std::uint32_t value);
    Writer& u64(std::uint64_t value);
    Writer& varint(std::uint64_t value);
    Writer& string(std::string_view value); ///< varint length, then the bytes
    Writer& raw(std::string_view value);    ///< the bytes alone
    std::string take() { return std::move(m_out); }
    const std::string& text() const { return m_out; }

private:
    std::string m_out;
};

/// Reads what Writer wrote. Stored bytes are untrusted: reading past the end gives zeroes and empty strings
/// and turns ok() false; check ok() once, at the end.
class Reader {
public:
    explicit Reader(std::string_view bytes)
        : m_rest(bytes)
    {
    }
    std::uint8_t u8();
    std::uint32_t u32();
    std::uint64_t u64();
    std::uint64_t varint();
    std::string_view string();
    std::string_view raw(std::size_t count);
    bool ok() const { return m_ok; }
    bool done() const { return m_ok && m_rest.empty(); }
    std::string_view rest() const { return m_rest; }

private:
    std::string_view m_rest;
    bool m_ok = true;
};

} // namespace mansio::base
