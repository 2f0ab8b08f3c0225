#pragma once
#include "storage/rocks/tail_filter.h"
#include "storage/rocksdb_engine.h"

#include <memory>
#include <optional>
#include <rocksdb/db.h>
#include <string>
#include <string_view>

namespace mansio::storage::rocks {

/// An open database with its two column families. Reads from any thread; writes from the committer's.
class Database {
public:
    enum class Mode { write, read_only };
    /// `last_good`: nothing written after that sequence number is taken over from the log.
    static Outcome<std::unique_ptr<Database>> open(const RocksOptions& options, Mode mode,
                                                   std::optional<std::uint64_t> last_good = {});
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    rocksdb::DB& db() { return *m_db; }
    rocksdb::ColumnFamilyHandle* keys() { return m_keys; }
    rocksdb::ColumnFamilyHandle* blobs() { return m_blobs; }

    /// The stored bytes, nothing where there are none.
    Outcome<std::optional<std::string>> read(rocksdb::ColumnFamilyHandle* family, std::string_view key);
    /// How much is in memory and in the log, but in no file yet: what the next opening writes.
    std::uint64_t buffered_bytes();

private:
    Database() = default;

    std::unique_ptr<rocksdb::Env> m_files;   ///< outlives m_db
    std::optional<TailFilter> m_tail_filter; ///< outlives m_db, which keeps its address
    std::unique_ptr<rocksdb::DB> m_db;
    rocksdb::ColumnFamilyHandle* m_keys = nullptr;
    rocksdb::ColumnFamilyHandle* m_blobs = nullptr;
};

base::Failure failure(const rocksdb::Status& status, std::string_view doing);
inline rocksdb::Slice slice(std::string_view bytes)
{
    return {bytes.data(), bytes.size()};
}

} // namespace mansio::storage::rocks
