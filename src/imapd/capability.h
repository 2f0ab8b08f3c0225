#pragma once
#include "imapd/session.h"
#include "wire/sasl/mechanism.h"

#include <string>
#include <vector>

namespace mansio::imapd {

/// The capabilities of this connection in its present state, separated by spaces.
std::string capabilities(const Session& session);
/// What SASL may offer on this connection.
std::vector<wire::sasl::Mechanism> offered_mechanisms(const Session& session);

} // namespace mansio::imapd
