#include "base/bytes.h"
#include "storage/engine.h"

#include <algorithm>

namespace mansio::storage {

std::string BlobId::hex() const
{
    return base::hex(view());
}

BlobId BlobId::of(std::string_view content)
{
    BlobId id;
    const std::string digest = base::sha256(content);
    std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

std::optional<BlobId> BlobId::from_bytes(std::string_view sixteen)
{
    BlobId id;
    if (sixteen.size() != id.bytes.size())
        return std::nullopt;
    std::copy(sixteen.begin(), sixteen.end(), id.bytes.begin());
    return id;
}

std::optional<BlobId> BlobId::from_hex(std::string_view text)
{
    auto bytes = base::unhex(text);
    return bytes ? from_bytes(*bytes) : std::nullopt;
}

} // namespace mansio::storage
