#include "faults.h"

#include <time.h>

namespace layer {
namespace {

void wait_microseconds(std::uint64_t microseconds)
{
    timespec time{static_cast<time_t>(microseconds / 1'000'000),
                  static_cast<long>(microseconds % 1'000'000) * 1000};
    nanosleep(&time, nullptr);
}

/// Counts the call if the fault concerns it; true when it hits.
bool hits(Control& block, Call call, FileKind kind)
{
    if ((block.fault_calls & static_cast<std::uint64_t>(call)) == 0 ||
        (block.fault_kinds & static_cast<std::uint64_t>(kind)) == 0)
        return false;
    for (std::uint64_t left = block.fault_skip; left != 0;)
        if (block.fault_skip.compare_exchange_weak(left, left - 1))
            return false;
    for (std::uint64_t left = block.fault_count;;) {
        if (left == 0)
            return false;
        const std::uint64_t after = left == UINT64_MAX ? left : left - 1;
        if (block.fault_count.compare_exchange_weak(left, after))
            break;
    }
    ++block.fault_hits;
    return true;
}

} // namespace

int fault_for(Call call, FileKind kind)
{
    Control* block = control();
    if (block == nullptr || !hits(*block, call, kind))
        return 0;
    const auto what = static_cast<FaultKind>(block->fault_kind.load());
    if (what == FaultKind::delay)
        wait_microseconds(block->fault_delay);
    return what == FaultKind::error ? static_cast<int>(block->fault_error) : 0;
}

int fault_for_write(FileKind kind, std::size_t& size)
{
    Control* block = control();
    if (block == nullptr || !hits(*block, Call::write, kind))
        return 0;
    const auto what = static_cast<FaultKind>(block->fault_kind.load());
    if (what == FaultKind::delay) {
        wait_microseconds(block->fault_delay);
        return 0;
    }
    // Every other hit of a short write takes half, so that the caller's next try meets the error.
    const bool half = what == FaultKind::short_write && block->fault_hits % 2 == 1 && size > 1;
    size = half ? size / 2 : 0;
    return static_cast<int>(block->fault_error);
}

} // namespace layer
