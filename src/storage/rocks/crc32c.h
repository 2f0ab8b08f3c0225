#pragma once
#include <cstddef>
#include <cstdint>

namespace mansio::storage::rocks {

/// CRC-32C (Castagnoli) of `size` more bytes; start with 0. The processor's own instruction where it has one.
///
/// Debian builds RocksDB for every amd64 processor, so its CRC-32C goes by table, at 1 GB/s: that was 40 % of
/// the cost of reading a message, and a part of every write. The library calls rocksdb::crc32c::Extend
/// through its symbol table; crc32c.cc defines that function, and the one in the program goes first. The
/// values are the same, so files are too. Where a build of the library binds its own function, that one is
/// used and nothing else changes.
std::uint32_t crc32c(std::uint32_t so_far, const char* bytes, std::size_t size);

/// Which of the two it is.
bool has_crc32c_instruction();

} // namespace mansio::storage::rocks
