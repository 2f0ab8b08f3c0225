#pragma once
#include <cstdint>
#include <string>

namespace mansio::storage {

/// What a key holds, as its stored first byte.
enum class CellKind : std::uint8_t {
    value = 0,   ///< written by put()
    highest = 1, ///< a counter of raise(): unsigned
    sum = 2,     ///< a counter of add(): signed, two's complement
};

/// A counter, or one step of it. Steps of one kind may be joined in any grouping; that is what lets engines
/// merge them without reading. A key that sees both kinds counts as the last one did.
struct Counter {
    CellKind kind = CellKind::sum;
    std::uint64_t bits = 0;

    void apply(const Counter& step);
    /// What Engine::counter() returns: a sum below zero reads as 0.
    std::uint64_t shown() const;
    /// What get() and scan() show: 8 bytes big-endian, a sum below zero in two's complement.
    std::string bytes() const;
};

} // namespace mansio::storage
