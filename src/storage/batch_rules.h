#pragma once
#include "storage/engine.h"

// What every engine checks in the same way before it takes a batch. For engines only.

namespace mansio::storage {

using base::Failure;
using base::Fault;

constexpr std::size_t max_key_size = 1024;
constexpr std::size_t max_value_size = 16 << 20;
constexpr std::size_t max_page_bytes = 1 << 20; // a page of a scan stays a modest reply, whatever the values
constexpr unsigned char first_key_byte = '!' + 1;  // keys up to "!" are the store's own
constexpr std::size_t max_small_batch = 64 * 1024; // a flag change or a log entry, never mail
constexpr std::size_t small_per_erase = 1024;      // what erasing one thing may write elsewhere

/// Sizes and first letters: Fault::invalid or Fault::too_large.
Outcome<void> check(const Batch& batch);

/// True when the batch itself brings the content of this blob (16 bytes), wherever in it.
bool stores_blob(const Batch& batch, std::string_view id);

/// What a batch does to a disk that is nearly full.
enum class Weight {
    freeing, ///< erases or drops references: should work as long as anything does
    small,   ///< notes something short, as the flags on the way to a deletion
    growing, ///< brings mail
};
Weight weigh(const Batch& batch);

} // namespace mansio::storage
