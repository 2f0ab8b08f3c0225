#pragma once
#include <memory>
#include <rocksdb/env.h>

namespace mansio::storage::rocks {

/// The database's own warnings go into the server's log. Its file LOG is not wanted: where it can't be
/// written, the disk being full, the next line ends the process (an assertion in Debian's build of 7.8.3).
std::shared_ptr<rocksdb::Logger> make_info_log();

} // namespace mansio::storage::rocks
