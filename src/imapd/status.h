#pragma once
#include "imapd/session.h"

#include <string>

namespace mansio::imapd {

/// "* STATUS name (…)", rfc9051#6.3.11; also behind LIST (rfc5819). A mailbox that is gone meanwhile writes
/// nothing.
Task<Outcome<void>> write_status_of(Session& session, mailbox::MailboxInfo info,
                                    const imap::StatusItems& items);

} // namespace mansio::imapd
