#pragma once
#include <memory>
#include <rocksdb/file_system.h>

namespace mansio::storage::rocks {

/// The files of `below`, with write-ahead logs whose next megabyte is there already, as zeros. A sync that
/// only overwrites needs no commit of the file system's journal: on ext4 it takes half the time of one that
/// makes the file longer, and a lonely session waits for little else. Large writes are not prepared for: they
/// would be written twice, and share their sync among many anyway.
///
/// What is left of the zeros is cut off when the log is closed. After a crash the reader of the log takes
/// them for its end.
std::shared_ptr<rocksdb::FileSystem> with_prepared_logs(std::shared_ptr<rocksdb::FileSystem> below);

} // namespace mansio::storage::rocks
