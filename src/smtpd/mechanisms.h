#pragma once
#include "smtpd/session.h"
#include "wire/sasl/mechanism.h"

#include <string>
#include <vector>

namespace mansio::smtpd {

/// In the order of the setting; none on port 25, in LMTP, and in the clear unless a setting allows it.
std::vector<wire::sasl::Mechanism> offered_mechanisms(const Session& session);
/// With spaces between.
std::string mechanism_names(const Session& session);

} // namespace mansio::smtpd
