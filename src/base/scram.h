#pragma once
#include "base/outcome.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::base {

/// What a server keeps to answer SCRAM-SHA-256 (rfc5802#3, rfc7677): from it nobody can log in elsewhere, but
/// a thief can test guesses against it, so it is guarded like a password hash. All fields are raw bytes.
struct ScramCredentials {
    std::string salt;
    std::uint32_t iterations = 0;
    std::string stored_key; ///< SHA-256(ClientKey)
    std::string server_key;
};

/// rfc7677#4 asks for at least 4096. A PBKDF2 round costs about half a microsecond.
constexpr std::uint32_t scram_iterations = 4096;
constexpr std::size_t scram_salt_size = 16;

/// Hi() of rfc5802#2.2 with SHA-256: PBKDF2, 32 bytes out. Takes milliseconds: not for a busy event loop with
/// a count a peer chose.
std::string salted_password_sha256(std::string_view password, std::string_view salt,
                                   std::uint32_t iterations);

/// The password's UTF-8 bytes are taken as they are. rfc4013 would normalise them first (NFKC); for ASCII,
/// and for text already composed, as keyboards produce it, that changes nothing.
ScramCredentials derive_scram(std::string_view password, std::string_view salt, std::uint32_t iterations);
/// With a fresh random salt and the default iteration count.
ScramCredentials derive_scram(std::string_view password);

/// "SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey>", binary parts in base64 (the form of rfc5803).
std::string print_scram(const ScramCredentials& credentials);
std::optional<ScramCredentials> parse_scram(std::string_view text);

/// For CRAM-MD5 (rfc2195) and APOP only; 16 raw bytes.
std::string md5(std::string_view bytes);
std::string hmac_md5(std::string_view key, std::string_view bytes);

} // namespace mansio::base
