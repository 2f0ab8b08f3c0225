#include "storage/rocks/layout.h"

#include "base/bytes.h"

namespace mansio::storage::rocks {

std::string blob_key(BlobKey kind, std::string_view id)
{
    std::string key(1, static_cast<char>(kind));
    return key.append(id);
}

std::string chunk_key(std::string_view id, std::uint64_t number)
{
    return base::Writer().u8('c').raw(id).u32(static_cast<std::uint32_t>(number)).take();
}

std::string BlobMeta::encode() const
{
    return base::Writer().varint(size).varint(chunk_size).take();
}

std::optional<BlobMeta> BlobMeta::decode(std::string_view bytes)
{
    base::Reader in(bytes);
    BlobMeta meta;
    meta.size = in.varint();
    meta.chunk_size = in.varint();
    if (!in.done() || meta.chunk_size == 0 || meta.size > UINT64_MAX / 2)
        return std::nullopt;
    return meta;
}

std::string encode(const Counter& counter)
{
    return base::Writer().u8(static_cast<std::uint8_t>(counter.kind)).u64(counter.bits).take();
}

std::optional<Counter> decode_counter(std::string_view cell)
{
    base::Reader in(cell);
    const auto kind = static_cast<CellKind>(in.u8());
    const std::uint64_t bits = in.u64();
    if (!in.done() || (kind != CellKind::highest && kind != CellKind::sum))
        return std::nullopt;
    return Counter{kind, bits};
}

std::optional<std::string> decode_shown(std::string_view cell)
{
    if (!cell.empty() && static_cast<CellKind>(cell[0]) == CellKind::value)
        return std::string(cell.substr(1));
    auto counter = decode_counter(cell);
    return counter ? std::optional(counter->bytes()) : std::nullopt;
}

} // namespace mansio::storage::rocks
