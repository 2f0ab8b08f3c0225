#include "imapd/object_id.h"

#include <fmt/format.h>

namespace mansio::imapd {

std::string email_id(const mailbox::Message& message)
{
    return "M" + message.blob.hex();
}

std::string mailbox_id(mailbox::AccountId account, mailbox::MailboxId mailbox)
{
    return fmt::format("F{:x}-{:x}", account.value, mailbox.value);
}

} // namespace mansio::imapd
