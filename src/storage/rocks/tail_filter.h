#pragma once
#include <cstdint>
#include <rocksdb/wal_filter.h>

namespace mansio::storage::rocks {

/// Keeps what failed out of a database that is opened again: records of the log later than the last write
/// that succeeded. A write whose sync failed is in the log all the same; its callers were told that nothing
/// was done, and the accounts in memory believe so.
class TailFilter final : public rocksdb::WalFilter {
public:
    explicit TailFilter(std::uint64_t last_sequence)
        : m_last_sequence(last_sequence)
    {
    }
    WalProcessingOption LogRecordFound(unsigned long long log, const std::string& name,
                                       const rocksdb::WriteBatch& batch, rocksdb::WriteBatch* changed,
                                       bool* is_changed) override;
    const char* Name() const override { return "mansio.tail"; }

private:
    std::uint64_t m_last_sequence;
};

} // namespace mansio::storage::rocks
