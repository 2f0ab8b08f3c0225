#pragma once
#include "mailbox/message.h"
#include "storage/engine.h"

#include <string>
#include <string_view>

namespace mansio::mailbox::layout {

// Keys of the mailbox room. <a> is the account id, 8 bytes; <m> a mailbox id, 4 bytes; numbers big-endian.
//
//   key              | value
//   m<a>a            | account record: when it was made
//   m<a>s            | counter: modseq of the newest change
//   m<a>i            | counter: newest mailbox id
//   m<a>v            | counter: newest uid_validity
//   m<a>q, m<a>k     | counters: octets and number of messages (quota)
//   m<a>n<m>         | mailbox: name, special use, uid_validity
//   m<a>u<name>      | subscription
//   m<a>e<m><entry>  | annotation: its value; <m> is 0 for those of the account itself (rfc5464#3)
//   m<a>g            | counter: octets of all annotations, names and values
//   m<a>x<m>         | counter: uid_next of the mailbox
//   m<a>l<modseq 8>  | the change with that modseq (change.h): the source of truth of the index
//   m<a>f<m><uid 4>  | message::ImapForms of a message
//   m<a>c            | checkpoint: the modseq up to which head and pages of all mailboxes are right
//   m<a>h<m>         | head of a mailbox at the checkpoint: uid_next, highest modseq, keywords
//   m<a>p<m><uid 4>  | page: up to 1024 messages in columns, named by their first UID
//
// Checkpoint, heads and pages are derived: without them the whole log is replayed.

std::string account(AccountId id, char kind);
std::string mailbox(AccountId id, char kind, MailboxId mailbox);
std::string message(AccountId id, char kind, MailboxId mailbox, Uid uid);
std::string change(AccountId id, ModSeq modseq);
std::string subscription(AccountId id, std::string_view name);
/// With "" the prefix of all.
std::string metadata(AccountId id, MailboxId mailbox, std::string_view entry);

inline std::string record(AccountId id)
{
    return account(id, 'a');
}
inline std::string modseq(AccountId id)
{
    return account(id, 's');
}
inline std::string last_mailbox_id(AccountId id)
{
    return account(id, 'i');
}
inline std::string last_uid_validity(AccountId id)
{
    return account(id, 'v');
}
inline std::string used_bytes(AccountId id)
{
    return account(id, 'q');
}
inline std::string used_messages(AccountId id)
{
    return account(id, 'k');
}
inline std::string metadata_octets(AccountId id)
{
    return account(id, 'g');
}
inline std::string checkpoint(AccountId id)
{
    return account(id, 'c');
}
inline std::string name(AccountId id, MailboxId m)
{
    return mailbox(id, 'n', m);
}
inline std::string uid_next(AccountId id, MailboxId m)
{
    return mailbox(id, 'x', m);
}
inline std::string head(AccountId id, MailboxId m)
{
    return mailbox(id, 'h', m);
}
inline std::string page(AccountId id, MailboxId m, Uid first)
{
    return message(id, 'p', m, first);
}
inline std::string forms(AccountId id, MailboxId m, Uid uid)
{
    return message(id, 'f', m, uid);
}

/// Everything of the account.
storage::Range everything(AccountId id);
/// The number in the last `bytes` bytes of a key.
std::uint64_t number_at_end(std::string_view key, std::size_t bytes);

} // namespace mansio::mailbox::layout
