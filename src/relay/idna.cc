#include "relay/idna.h"

#include "base/text.h"

#include <array>
#include <memory>
#include <unicode/uidna.h>

namespace mansio::relay {

std::optional<std::string> to_ascii_domain(std::string_view domain)
{
    if (base::is_ascii(domain))
        return base::to_lower(domain);
    UErrorCode error = U_ZERO_ERROR;
    const std::unique_ptr<UIDNA, decltype(&uidna_close)> idna(
        uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII, &error),
        uidna_close);
    if (U_FAILURE(error))
        return std::nullopt;
    std::array<char, 256> out; // rfc1035#2.3.4: a name has at most 255 bytes
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    const std::int32_t size =
        uidna_nameToASCII_UTF8(idna.get(), domain.data(), static_cast<std::int32_t>(domain.size()),
                               out.data(), static_cast<std::int32_t>(out.size()), &info, &error);
    if (U_FAILURE(error) || info.errors != 0 || size <= 0)
        return std::nullopt;
    return std::string(out.data(), static_cast<std::size_t>(size));
}

std::optional<std::string> to_ascii_address(std::string_view address)
{
    const std::size_t at = address.rfind('@');
    if (at == std::string_view::npos || !base::is_ascii(address.substr(0, at)))
        return std::nullopt;
    const auto domain = to_ascii_domain(address.substr(at + 1));
    if (!domain)
        return std::nullopt;
    return std::string(address.substr(0, at + 1)) + *domain;
}

} // namespace mansio::relay
