#pragma once
#include "imapd/session.h"

#include <string>

namespace mansio::imapd {

/// The header of a message with its empty line, and possibly some of the body behind it: reads only the
/// beginning of the blob when that is enough.
Task<Outcome<std::string>> read_header(Session& session, const mailbox::Message& message);

} // namespace mansio::imapd
