#pragma once
#include "imapd/session.h"

#include <string>

namespace mansio::imapd {

/// The mailbox of that name now; a trailing "/" is overlooked. Fault::not_found.
Task<Outcome<mailbox::MailboxInfo>> find_mailbox(Session& session, std::string name);
/// Without a trailing hierarchy separator, which clients send to say "will have children": rfc9051#6.3.4
std::string without_separator(std::string name);
/// Turns NONEXISTENT into TRYCREATE: for APPEND, COPY and MOVE (rfc9051#7.1).
Reply with_try_create(Reply reply);

} // namespace mansio::imapd
