#include "storage/rocks/tail_filter.h"

#include <rocksdb/write_batch.h>

namespace mansio::storage::rocks {

namespace {

/// A batch begins with the sequence number of its first operation: 8 bytes, little-endian.
std::uint64_t sequence_of(const rocksdb::WriteBatch& batch)
{
    constexpr std::size_t size = 8;
    const std::string& bytes = batch.Data();
    std::uint64_t sequence = 0;
    for (std::size_t at = size; at-- > 0;)
        sequence = sequence << 8 | static_cast<unsigned char>(bytes.at(at));
    return sequence;
}

} // namespace

rocksdb::WalFilter::WalProcessingOption TailFilter::LogRecordFound(unsigned long long, const std::string&,
                                                                   const rocksdb::WriteBatch& batch,
                                                                   rocksdb::WriteBatch*, bool*)
{
    return sequence_of(batch) > m_last_sequence ? WalProcessingOption::kIgnoreCurrentRecord
                                                : WalProcessingOption::kContinueProcessing;
}

} // namespace mansio::storage::rocks
