#pragma once
#include "mailbox/message.h"

#include <string>

// Object ids of rfc8474: letters and digits, the same for as long as the thing exists.
namespace mansio::imapd {

/// Of a message: the same for every copy, as only its bytes go into it.
std::string email_id(const mailbox::Message& message);
/// Of a mailbox: stays through RENAME, never reused, differs between accounts.
std::string mailbox_id(mailbox::AccountId account, mailbox::MailboxId mailbox);

} // namespace mansio::imapd
