#pragma once
#include "relay/connection.h"
#include "storage/engine.h"

#include <cstdint>

namespace mansio::relay {

/// What a message needs of the way it goes.
struct BodyFacts {
    bool header_8bit = false;
    bool body_8bit = false;
};
/// Reads the stored message piece by piece. Fault as the store says.
Task<Outcome<BodyFacts>> inspect_body(storage::Engine& engine, storage::BlobId blob);

/// Sends the stored message after "354", with its final dot, at most 256 KiB of it in memory. A failed store
/// is Fault::corrupt: then the connection must be broken off, so that the remote does not take half a
/// message.
Task<Outcome<void>> send_body(storage::Engine& engine, storage::BlobId blob, net::Channel& channel,
                              std::chrono::milliseconds wait_per_piece);

} // namespace mansio::relay
