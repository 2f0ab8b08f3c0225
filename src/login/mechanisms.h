#pragma once
#include "net/tls.h"
#include "wire/sasl/mechanism.h"

#include <string>
#include <vector>

namespace mansio::login {

/// What this connection proves to an exchange; empty without TLS.
wire::sasl::ChannelBinding channel_binding(const net::TlsFacts* tls);

enum class PlainText {
    needs_tls, ///< mechanisms that show the password only under TLS
    allowed,   ///< by a setting, for tests
};

/// The mechanisms of the setting that this connection may use, in the setting's order. CRAM-MD5 only because
/// the setting names it.
std::vector<wire::sasl::Mechanism> offered_mechanisms(const std::vector<std::string>& setting,
                                                      const net::TlsFacts* tls, PlainText plain_text);

} // namespace mansio::login
