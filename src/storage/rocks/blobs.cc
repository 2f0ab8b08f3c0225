#include "storage/rocks/blobs.h"

#include "storage/batch_rules.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::storage::rocks {

namespace {

std::unexpected<Failure> broken(const BlobId& id, std::string_view what)
{
    return base::fail(Fault::corrupt, fmt::format("blob {}: {}", id.hex(), what));
}

/// Appends the part of a chunk that lies in [offset, end) of the blob.
Outcome<void> append_chunk(Database& database, const BlobId& id, const BlobMeta& meta, std::uint64_t number,
                           std::uint64_t offset, std::uint64_t end, std::string& content)
{
    const std::uint64_t begins = number * meta.chunk_size;
    rocksdb::PinnableSlice chunk;
    auto status =
        database.db().Get(rocksdb::ReadOptions(), database.blobs(), chunk_key(id.view(), number), &chunk);
    if (!status.ok())
        return std::unexpected(failure(status, fmt::format("chunk {} of blob {}", number, id.hex())));
    if (chunk.size() != std::min(meta.chunk_size, meta.size - begins))
        return broken(id, "a chunk has the wrong size");
    const std::uint64_t from = std::max(offset, begins) - begins;
    const std::uint64_t to = std::min(end - begins, meta.chunk_size);
    content.append(chunk.data() + from, to - from);
    return {};
}

Outcome<std::string> read_content(Database& database, const BlobId& id, const BlobMeta& meta,
                                  std::uint64_t offset, std::uint64_t length)
{
    std::string content;
    if (offset >= meta.size || length == 0)
        return content;
    const std::uint64_t end = offset + std::min(length, meta.size - offset);
    content.reserve(end - offset);
    for (std::uint64_t number = offset / meta.chunk_size; number * meta.chunk_size < end; ++number)
        if (auto done = append_chunk(database, id, meta, number, offset, end, content); !done)
            return std::unexpected(done.error());
    return content;
}

} // namespace

Outcome<BlobMeta> read_meta(Database& database, const BlobId& id)
{
    auto bytes = database.read(database.blobs(), blob_key(BlobKey::meta, id.view()));
    if (!bytes)
        return std::unexpected(bytes.error());
    if (!*bytes)
        return base::fail(Fault::not_found, "no blob " + id.hex());
    auto meta = BlobMeta::decode(**bytes);
    if (!meta)
        return broken(id, "its record cannot be read");
    return *meta;
}

namespace {

/// A blob of one chunk, as most are, without the look at its record: a chunk that is not full is the only
/// one. Nothing when there is more to it.
Outcome<std::optional<std::string>> read_single_chunk(Database& database, const BlobId& id,
                                                      std::uint64_t offset, std::uint64_t length)
{
    rocksdb::PinnableSlice chunk;
    auto status =
        database.db().Get(rocksdb::ReadOptions(), database.blobs(), chunk_key(id.view(), 0), &chunk);
    if (status.IsNotFound() || (status.ok() && chunk.size() >= chunk_size))
        return std::nullopt;
    if (!status.ok())
        return std::unexpected(failure(status, "blob " + id.hex()));
    if (offset >= chunk.size())
        return std::string();
    return std::string(chunk.data() + offset, std::min<std::uint64_t>(length, chunk.size() - offset));
}

} // namespace

Outcome<std::string> read_blob(Database& database, const BlobId& id, std::uint64_t offset,
                               std::uint64_t length)
{
    Outcome<std::optional<std::string>> single = std::nullopt;
    if (offset < chunk_size)
        single = read_single_chunk(database, id, offset, length);
    if (!single)
        return std::unexpected(single.error());
    if (*single)
        return std::move(**single);
    auto meta = read_meta(database, id);
    if (!meta)
        return std::unexpected(meta.error());
    auto content = read_content(database, id, *meta, offset, length);
    if (content || content.error().fault != Fault::not_found)
        return content;
    // A chunk is missing: fine if the blob was reclaimed meanwhile.
    auto again = read_meta(database, id);
    if (!again)
        return std::unexpected(again.error());
    return broken(id, "a chunk is missing");
}

Outcome<std::vector<std::string>> candidates(Database& database, const std::string& after, std::size_t limit)
{
    const std::string behind_all(1, static_cast<char>(BlobKey::candidate) + 1);
    const rocksdb::Slice end = behind_all;
    rocksdb::ReadOptions reading;
    reading.iterate_upper_bound = &end;
    std::unique_ptr<rocksdb::Iterator> at(database.db().NewIterator(reading, database.blobs()));
    std::vector<std::string> ids;
    for (at->Seek(blob_key(BlobKey::candidate, after)); at->Valid() && ids.size() < limit; at->Next()) {
        const std::string_view id = at->key().ToStringView().substr(1);
        if (id != after)
            ids.emplace_back(id);
    }
    if (!at->status().ok())
        return std::unexpected(failure(at->status(), "looking for blobs to reclaim"));
    return ids;
}

Outcome<std::vector<Engine::BlobRow>> list_blobs(Database& database)
{
    const std::string behind_all(1, static_cast<char>(BlobKey::meta) + 1);
    const rocksdb::Slice end = behind_all;
    rocksdb::ReadOptions reading;
    reading.iterate_upper_bound = &end;
    std::unique_ptr<rocksdb::Iterator> at(database.db().NewIterator(reading, database.blobs()));
    std::vector<Engine::BlobRow> rows;
    for (at->Seek(blob_key(BlobKey::meta, {})); at->Valid(); at->Next()) {
        auto id = BlobId::from_bytes(at->key().ToStringView().substr(1));
        auto meta = BlobMeta::decode(at->value().ToStringView());
        if (!id || !meta)
            return base::fail(Fault::corrupt, "the record of a blob");
        auto cell = database.read(database.blobs(), blob_key(BlobKey::references, id->view()));
        if (!cell)
            return std::unexpected(cell.error());
        auto references = *cell ? decode_counter(**cell) : Counter();
        if (!references)
            return broken(*id, "its reference count cannot be read");
        rows.push_back({*id, static_cast<std::int64_t>(references->bits), meta->size});
    }
    if (!at->status().ok())
        return std::unexpected(failure(at->status(), "listing blobs"));
    return rows;
}

} // namespace mansio::storage::rocks
