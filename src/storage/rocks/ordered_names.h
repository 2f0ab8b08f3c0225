#pragma once
#include <memory>
#include <rocksdb/file_system.h>

namespace mansio::storage::rocks {

/// The system's files, with one sync more. When a database is opened it makes tables and a manifest and then
/// renames CURRENT to name that manifest, and only then syncs the directory (7.8.3). On a file system that
/// does not keep the order of names, a power cut in between leaves a CURRENT whose tables have no names: mail
/// is gone. Here the directory is synced before CURRENT changes.
std::shared_ptr<rocksdb::FileSystem> with_ordered_names(std::shared_ptr<rocksdb::FileSystem> below);

} // namespace mansio::storage::rocks
