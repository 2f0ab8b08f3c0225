#pragma once
#include "storage/counter.h"
#include "storage/engine.h"

#include <optional>
#include <string>
#include <string_view>

// The keys and values of the rocksdb engine: doc/formats.md, "Store".
//
//   column family   key                      value
//   default         the rooms' keys          cell: 1 byte CellKind, then the value or 8 bytes big-endian
//   default         !schema, !uuid           cell of put()
//   blobs           c <id> <number, 4 BE>    chunk: content bytes
//   blobs           m <id>                   meta: varint size, varint chunk size
//   blobs           r <id>                   cell: references, a sum
//   blobs           z <id>                   empty: may have lost its last reference

namespace mansio::storage::rocks {

constexpr std::string_view schema_version = "1";
constexpr std::string_view schema_key = "!schema";
constexpr std::string_view uuid_key = "!uuid";
constexpr const char* blobs_family = "blobs";

// Most mail is below this and stays one chunk; a part of a large message costs no more than this to read.
constexpr std::uint64_t chunk_size = 256 * 1024;

enum class BlobKey : char { meta = 'm', references = 'r', candidate = 'z' };
std::string blob_key(BlobKey kind, std::string_view id);
std::string chunk_key(std::string_view id, std::uint64_t number);

struct BlobMeta {
    std::uint64_t size = 0;
    std::uint64_t chunk_size = rocks::chunk_size;

    std::uint64_t chunks() const { return (size + chunk_size - 1) / chunk_size; }
    std::string encode() const;
    static std::optional<BlobMeta> decode(std::string_view bytes);
};

std::string encode(const Counter& counter);
/// Nothing where the cell is no counter.
std::optional<Counter> decode_counter(std::string_view cell);
/// What get() shows of a cell: the value, or the counter's 8 bytes. Nothing where the cell is broken.
std::optional<std::string> decode_shown(std::string_view cell);

} // namespace mansio::storage::rocks
