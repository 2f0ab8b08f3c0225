#pragma once
#include "config/tls_settings.h"
#include "net/tls.h"

namespace mansio::app {

/// [tls] in the words of net. The first certificate is the one for every name that no other has.
net::TlsServerSettings server_tls(const config::TlsSettings& tls);

} // namespace mansio::app
