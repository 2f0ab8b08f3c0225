#include "base/scram.h"

#include "base/bytes.h"
#include "base/text.h"

#include <array>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace mansio::base {
namespace {

constexpr std::string_view scheme = "SCRAM-SHA-256$";

const unsigned char* raw(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

std::string salted_password_sha256(std::string_view password, std::string_view salt, std::uint32_t iterations)
{
    std::string out(32, '\0');
    PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), raw(salt),
                      static_cast<int>(salt.size()), static_cast<int>(iterations), EVP_sha256(),
                      static_cast<int>(out.size()), reinterpret_cast<unsigned char*>(out.data()));
    return out;
}

ScramCredentials derive_scram(std::string_view password, std::string_view salt, std::uint32_t iterations)
{
    const std::string salted = salted_password_sha256(password, salt, iterations);
    return {.salt = std::string(salt),
            .iterations = iterations,
            .stored_key = sha256(hmac_sha256(salted, "Client Key")),
            .server_key = hmac_sha256(salted, "Server Key")};
}

ScramCredentials derive_scram(std::string_view password)
{
    return derive_scram(password, random_bytes(scram_salt_size), scram_iterations);
}

std::string print_scram(const ScramCredentials& credentials)
{
    return std::string(scheme) + std::to_string(credentials.iterations) + ":" +
           base64_encode(credentials.salt) + "$" + base64_encode(credentials.stored_key) + ":" +
           base64_encode(credentials.server_key);
}

std::optional<ScramCredentials> parse_scram(std::string_view text)
{
    if (!text.starts_with(scheme))
        return std::nullopt;
    const auto halves = split(text.substr(scheme.size()), '$');
    if (halves.size() != 2)
        return std::nullopt;
    const auto front = split(halves[0], ':');
    const auto keys = split(halves[1], ':');
    if (front.size() != 2 || keys.size() != 2)
        return std::nullopt;
    const auto iterations = parse_number(front[0], 100'000'000);
    auto salt = base64_decode(front[1]);
    auto stored_key = base64_decode(keys[0]);
    auto server_key = base64_decode(keys[1]);
    if (!iterations || *iterations == 0 || !salt || salt->empty() || !stored_key || !server_key)
        return std::nullopt;
    if (stored_key->size() != 32 || server_key->size() != 32)
        return std::nullopt;
    return ScramCredentials{std::move(*salt), static_cast<std::uint32_t>(*iterations), std::move(*stored_key),
                            std::move(*server_key)};
}

std::string md5(std::string_view bytes)
{
    std::string out(16, '\0');
    unsigned size = 16;
    EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size, EVP_md5(),
               nullptr);
    return out;
}

std::string hmac_md5(std::string_view key, std::string_view bytes)
{
    std::string out(16, '\0');
    unsigned size = 16;
    HMAC(EVP_md5(), key.data(), static_cast<int>(key.size()), raw(bytes), bytes.size(),
         reinterpret_cast<unsigned char*>(out.data()), &size);
    return out;
}

} // namespace mansio::base
