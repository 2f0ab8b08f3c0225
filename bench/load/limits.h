#pragma once
#include "load/run.h"
#include "load/sessions.h"
#include "load/works.h"

namespace mansio::load {

enum class Transport { plain, tls };

/// Commits of one message each by many writers, as fast as they become durable. The folder must not exist.
int measure_group_commit(const LimitOptions& options);
/// One stream over loopback, from one thread to another. One operation is one write of 64 KiB.
int measure_stream(const LimitOptions& options, Transport transport);

} // namespace mansio::load
