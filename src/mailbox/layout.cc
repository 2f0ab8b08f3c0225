#include "mailbox/layout.h"

#include "base/bytes.h"

namespace mansio::mailbox::layout {

std::string account(AccountId id, char kind)
{
    return base::Writer().u8('m').u64(id.value).u8(static_cast<std::uint8_t>(kind)).take();
}

std::string mailbox(AccountId id, char kind, MailboxId mailbox)
{
    return base::Writer().raw(account(id, kind)).u32(mailbox.value).take();
}

std::string message(AccountId id, char kind, MailboxId in, Uid uid)
{
    return base::Writer().raw(mailbox(id, kind, in)).u32(uid).take();
}

std::string change(AccountId id, ModSeq modseq)
{
    return base::Writer().raw(account(id, 'l')).u64(modseq).take();
}

std::string subscription(AccountId id, std::string_view name)
{
    return account(id, 'u').append(name);
}

std::string metadata(AccountId id, MailboxId in, std::string_view entry)
{
    return mailbox(id, 'e', in).append(entry);
}

storage::Range everything(AccountId id)
{
    return storage::Range::prefix(base::Writer().u8('m').u64(id.value).take());
}

std::uint64_t number_at_end(std::string_view key, std::size_t bytes)
{
    std::uint64_t number = 0;
    for (const char c : key.substr(key.size() - std::min(bytes, key.size())))
        number = number << 8 | static_cast<unsigned char>(c);
    return number;
}

} // namespace mansio::mailbox::layout
