#pragma once
#include "storage/rocksdb_engine.h"

#include <atomic>
#include <memory>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <string>
#include <string_view>

namespace mansio::storage::rocks {

/// Hears of errors that stop the database. Says whether the log was being written: then its end is broken.
/// Forbids the database to resume by itself: that would go on with the broken log (see Store::prepare_write).
class ErrorListener final : public rocksdb::EventListener {
public:
    void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override;
    void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason reason, rocksdb::Status status,
                              bool* automatic) override;
    std::atomic<bool> log_broken = false;
};

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

    /// One of the database's numbers, over both families.
    std::uint64_t sum_of(const std::string& property);
    /// Call before a write: switches buffers where it is time to, and leaves an entry in the new one. For
    /// after a failed write, resume() starts a new log only where a buffer holds something (7.8.3); otherwise
    /// the next write goes to the broken log, which Debian's build answers with an abort.
    rocksdb::Status prepare_write();
    /// Makes the database writable again after an error: flushes all buffers and starts a new log. Only where
    /// there is room for that: failing half-way is an error that only a restart mends. False: not now.
    bool resume(std::uint64_t free_bytes);

    /// The stored bytes, nothing where there are none.
    Outcome<std::optional<std::string>> read(rocksdb::ColumnFamilyHandle* family, std::string_view key);

private:
    Store() = default;
    Outcome<void> check_schema(Create create);
    Outcome<void> write_schema();

    std::shared_ptr<ErrorListener> m_errors = std::make_shared<ErrorListener>();
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
