#pragma once
#include "disk.h"

namespace layer {

/// How much of a file's unsynced bytes survives a power cut.
enum class Survival : std::uint64_t {
    by_seed,
    nothing,
    everything,
    prefix,    ///< the first writes, in order
    torn,      ///< the same, and some leading sectors of the next
    scattered, ///< sectors at random, in any order
    zeros,     ///< the size, and zeros for the last writes
    count_
};

/// Rewrites the directory to one possible state after the power failed now: all that was synced, and of the
/// rest what the seed says. Only when nobody writes there any more.
void rewrite_after_power_cut(const Disk& disk);

} // namespace layer
