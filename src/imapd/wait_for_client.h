#pragma once
#include "imapd/session.h"

namespace mansio::imapd {

/// "* OK still here" now and then, for clients behind routers that forget: rfc9051#6.3.13
enum class SignsOfLife : std::uint8_t { none, now_and_then };

/// Waits for the client's next bytes, telling what happens meanwhile: all the time of an IDLE, and between
/// the commands of a client that asked with NOTIFY. False when the session ended.
Task<bool> wait_for_client(Session& session, SignsOfLife signs);

} // namespace mansio::imapd
