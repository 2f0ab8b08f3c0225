#pragma once
#include "imapd/session.h"

#include <cstdint>
#include <string>

namespace mansio::imapd {

/// What read_header() reads at first: most headers are under 10 KiB.
constexpr std::uint64_t header_read_size = 32 * 1024;

/// The header of a message with its empty line, and possibly some of the body behind it: reads only the
/// beginning of the blob when that is enough.
Task<Outcome<std::string>> read_header(Session& session, const mailbox::Message& message);

} // namespace mansio::imapd
