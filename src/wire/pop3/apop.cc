#include "wire/pop3/apop.h"

#include "base/bytes.h"

#include <array>
#include <fmt/format.h>
#include <openssl/evp.h>

namespace mansio::wire::pop3 {

std::string apop_digest(std::string_view timestamp, std::string_view secret)
{
    const std::string text = std::string(timestamp) + std::string(secret);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr) != 1)
        return {};
    return base::hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string make_timestamp(std::string_view random, std::int64_t milliseconds, std::string_view hostname)
{
    return fmt::format("<{}.{}@{}>", random, milliseconds, hostname);
}

} // namespace mansio::wire::pop3
