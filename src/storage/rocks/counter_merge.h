#pragma once
#include <memory>

namespace rocksdb {
class MergeOperator;
}

namespace mansio::storage::rocks {

/// Joins counter steps (layout.h) in whatever grouping compaction meets them. Its name is stored with the
/// data.
std::shared_ptr<rocksdb::MergeOperator> make_counter_merge();

} // namespace mansio::storage::rocks
