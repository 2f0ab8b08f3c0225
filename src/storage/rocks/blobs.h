#pragma once
#include "storage/rocks/layout.h"
#include "storage/rocks/store.h"

namespace mansio::storage::rocks {

Outcome<BlobMeta> read_meta(Store& store, const BlobId& id);
Outcome<std::string> read_blob(Store& store, const BlobId& id, std::uint64_t offset, std::uint64_t length);
/// Up to `limit` blobs (ids of 16 bytes) that may have lost their last reference, from the one after `after`.
Outcome<std::vector<std::string>> candidates(Store& store, const std::string& after, std::size_t limit);
Outcome<std::vector<Engine::BlobRow>> list_blobs(Store& store);

} // namespace mansio::storage::rocks
