#pragma once
#include "queue/spool.h"
#include "trace/recorder.h"

namespace mansio::relay {

/// Writes what happens in the queue into the messages' journeys, in the queue's own commits. `recorder`
/// outlives it. For Spool::set_witness(), in the server and in the command line alike.
queue::Witness journey_witness(trace::Recorder& recorder);

} // namespace mansio::relay
