#pragma once
#include "disk.h"

namespace layer {

/// The disk of this process, or null when the environment names none: MANSIO_LAYER_ROOT,
/// MANSIO_LAYER_CONTROL.
Disk* watched_disk();

enum class When { before, after };

/// Counts a call that changes the disk, with its mutex held. At the chosen one the power fails: the process
/// is dead when this would return, and a child of it rewrites the directory.
void count_call(Disk& disk, Call call, FileKind kind, When when);

/// A line for a person who wants to know what happened: into the file that MANSIO_LAYER_TRACE names.
[[gnu::format(printf, 1, 2)]] void trace(const char* format, ...);

/// As long as a sync takes.
void wait_like_a_disk();

} // namespace layer
