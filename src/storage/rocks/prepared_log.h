#pragma once
#include <memory>
#include <rocksdb/file_system.h>

namespace mansio::storage::rocks {

/// The files of `below`, with write-ahead logs that are there before they are written: as zeros. A sync that
/// only overwrites needs no commit of the file system's journal: on ext4 it takes half the time of one that
/// makes the file longer, and sessions wait for little else. A busy log's successor is made while it fills
/// (SpareLog), unless each of its syncs has so much to write that the journal does not matter. Where there is
/// none, the log's next megabyte is written ahead, for small writes only: large ones would be written twice.
///
/// What is left of the zeros is cut off when the log is closed. After a crash the reader of the log takes
/// them for its end. For one database; `size` is what one of its logs holds, as a rule.
std::shared_ptr<rocksdb::FileSystem> with_prepared_logs(std::shared_ptr<rocksdb::FileSystem> below,
                                                        std::uint64_t size);

} // namespace mansio::storage::rocks
