#pragma once
#include <atomic>
#include <cstdint>

// The block of shared memory between the layer and the test that drives it: 64 words of 8 bytes in a file
// that MANSIO_LAYER_CONTROL names. tests/crash/disk_layer.py has the same list.

namespace layer {

enum class Call : std::uint64_t {
    write = 1,
    sync = 2,
    read = 4,
    open = 8,
    create = 16,
    rename = 32,
    unlink = 64,
    truncate = 128,
    allocate = 256,
    sync_directory = 512,
};

enum class FileKind : std::uint64_t { log = 1, table = 2, manifest = 4, other = 8, directory = 16 };

enum class FaultKind : std::uint64_t { error, short_write, delay };

enum class State : std::uint64_t { running, cutting, rewritten };

struct Control {
    using Word = std::atomic<std::uint64_t>;
    Word calls;    ///< calls so far that change the disk
    Word cut_at;   ///< the call at which the power fails; 0: never
    Word seed;     ///< of what survives
    Word survival; ///< Survival that every file gets; 0: chosen by the seed
    Word
        ordered_names; ///< 1: names become durable in order, by any sync (ext4); 0: by their directory's sync
    Word sync_delay;   ///< microseconds, the longest time a sync takes; chosen by the seed
    Word cut_at_exit;  ///< 1: the power fails at the process's own end
    Word state;        ///< State
    Word rewriter;     ///< process that rewrites the directory after the cut
    Word files_changed; ///< by the cut
    Word bytes_undone;
    Word names_undone;
    Word writes;
    Word syncs;
    Word cut_call; ///< Call and FileKind at the cut
    Word cut_kind;
    Word fault_calls; ///< Calls that the fault hits; 0: no fault
    Word fault_kinds; ///< FileKinds that it hits
    Word fault_skip;  ///< so many calls pass before it begins
    Word fault_count; ///< so many calls fail; all ones: until it is lifted
    Word fault_error; ///< errno
    Word fault_kind;  ///< FaultKind
    Word fault_delay; ///< microseconds
    Word fault_hits;
    Word free_bytes; ///< what statvfs() shows, plus 1; 0: the truth
    Word unused[39];
};
static_assert(sizeof(Control) == 64 * 8);

/// The block, or nothing when this process is not concerned.
Control* control();

} // namespace layer
