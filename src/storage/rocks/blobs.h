#pragma once
#include "storage/rocks/database.h"
#include "storage/rocks/layout.h"

namespace mansio::storage::rocks {

Outcome<BlobMeta> read_meta(Database& database, const BlobId& id);
Outcome<std::string> read_blob(Database& database, const BlobId& id, std::uint64_t offset,
                               std::uint64_t length);
/// Up to `limit` blobs (ids of 16 bytes) that may have lost their last reference, from the one after `after`.
Outcome<std::vector<std::string>> candidates(Database& database, const std::string& after, std::size_t limit);
Outcome<std::vector<Engine::BlobRow>> list_blobs(Database& database);

} // namespace mansio::storage::rocks
