#pragma once
#include "control.h"

#include <cstddef>

namespace layer {

/// The errno that this call shall fail with, or 0. Waits where the fault is a delay.
int fault_for(Call call, FileKind kind);
/// The same for a write; `size` becomes what the disk takes. An errno with size > 0: a short write, and the
/// next one fails.
int fault_for_write(FileKind kind, std::size_t& size);

} // namespace layer
