#pragma once
#include "imapd/session.h"

namespace mansio::imapd {

/// What every CONDSTORE-enabling command does (rfc7162#3.1): from now on this client sees MODSEQs.
void enable_condstore(Session& session);

} // namespace mansio::imapd
