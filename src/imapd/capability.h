#pragma once
#include "imapd/session.h"

#include <string>

namespace mansio::imapd {

/// The capabilities of this connection in its present state, separated by spaces.
std::string capabilities(const Session& session);
/// What SASL may offer on this connection.
bool mechanism_allowed(const Session& session, std::string_view name);

} // namespace mansio::imapd
