#pragma once
#include "pop3d/session.h"
#include "wire/sasl/mechanism.h"

#include <optional>
#include <string>
#include <vector>

namespace mansio::pop3d {

/// What TLS can prove on this connection; empty without it.
wire::sasl::ChannelBinding channel_binding(const Session& session);

/// The mechanisms this session may use now: those of the settings, less those that would show a password on
/// an open line or need a channel binding that is not there. In the order of the settings.
std::vector<wire::sasl::Mechanism> offered_mechanisms(const Session& session);

} // namespace mansio::pop3d
