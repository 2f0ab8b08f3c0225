#pragma once
#include "mailbox/message.h"

#include <string>
#include <vector>

namespace mansio::imapd {

/// Flags as a client names them. System flags we don't know and \Recent are dropped (rfc9051#2.3.2: servers
/// may); keywords that differ in case only count once.
mailbox::FlagNames flag_names(const std::vector<std::string>& flags);

} // namespace mansio::imapd
