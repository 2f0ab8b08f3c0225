#pragma once
#include "base/outcome.h"
#include "mailbox/account.h"
#include "mailbox/message.h"
#include "mailbox/uid_set.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mansio::mailbox {

// What one committed change to an account consists of: the value of a log key. Keywords are written by name,
// and bit n of a mask here is names[n] of the same entry, so an entry means the same whatever was lost before
// it.

struct AppendEntry {
    MailboxId mailbox;
    std::vector<std::string> keywords;
    std::vector<Message> messages; ///< ascending UIDs; keywords masked as above; modseq is the change's
};

struct FlagGroup {
    std::uint16_t system = 0; ///< what the flags are now, not what was added
    std::uint64_t keywords = 0;
    UidSet uids;
};
struct FlagsEntry {
    MailboxId mailbox;
    std::vector<std::string> keywords;
    std::vector<FlagGroup> groups;
};

struct ExpungeEntry {
    MailboxId mailbox;
    UidSet uids;
};

/// A mailbox came, went, was renamed, (un)subscribed or annotated. The records of these are authoritative;
/// this tells readers of the log when.
struct NameEntry {
    enum class What : std::uint8_t { created, renamed, removed, subscribed, unsubscribed, annotated };
    What what = What::created;
    MailboxId mailbox; ///< annotated: none where it is the account itself
    std::string name;  ///< annotated: of the entry that has another value now, or none
};

using Entry = std::variant<AppendEntry, FlagsEntry, ExpungeEntry, NameEntry>;

struct Change {
    ModSeq modseq = 0;
    std::vector<Entry> entries;
};

std::string encode(const Change& change);
base::Outcome<Change> decode_change(ModSeq modseq, std::string_view stored);

/// Mailbox an entry is about.
MailboxId mailbox_of(const Entry& entry);

} // namespace mansio::mailbox
