#pragma once
#include "storage/rocksdb_engine.h"

#include <rocksdb/db.h>
#include <vector>

namespace mansio::storage::rocks {

/// What a database reads and writes its files by; outlives it.
std::unique_ptr<rocksdb::Env> database_files(const RocksOptions& options);
rocksdb::DBOptions database_options(const RocksOptions& options);
/// default, then blobs.
std::vector<rocksdb::ColumnFamilyDescriptor> family_options(const RocksOptions& options);

} // namespace mansio::storage::rocks
