#pragma once
#include "storage/rocksdb_engine.h"

#include <memory>
#include <rocksdb/db.h>
#include <string>
#include <string_view>

namespace mansio::storage::rocks {

/// The open database with its two column families.
class Store {
public:
    static Outcome<std::unique_ptr<Store>> open(const RocksOptions& options);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    rocksdb::DB& db() { return *m_db; }
    rocksdb::ColumnFamilyHandle* keys() { return m_keys; }
    rocksdb::ColumnFamilyHandle* blobs() { return m_blobs; }

    /// The stored bytes, nothing where there are none.
    Outcome<std::optional<std::string>> read(rocksdb::ColumnFamilyHandle* family, std::string_view key);

private:
    Store() = default;
    Outcome<void> check_schema(Create create);
    Outcome<void> write_schema();

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
