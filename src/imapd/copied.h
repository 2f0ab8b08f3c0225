#pragma once
#include "mailbox/account.h"

#include <string>

namespace mansio::imapd {

/// "COPYUID validity from to", rfc4315#3; "" when nothing was copied.
std::string copyuid(const mailbox::Copied& copied);

} // namespace mansio::imapd
