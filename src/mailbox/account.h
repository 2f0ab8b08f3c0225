#pragma once
#include "base/sync.h"
#include "base/task.h"
#include "mailbox/difference.h"
#include "mailbox/message.h"
#include "mailbox/metadata.h"
#include "mailbox/uid_set.h"
#include "mailbox/view.h"
#include "storage/engine.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mansio::mailbox {

using base::Outcome;
using base::Task;

/// rfc6154 special-use; at most one per mailbox here. `inbox` marks INBOX itself.
enum class SpecialUse : std::uint8_t { none, inbox, sent, drafts, trash, junk, archive, flagged, all };
/// "\Sent" and so on; "" for none and inbox.
std::string_view special_use_name(SpecialUse use);
std::optional<SpecialUse> special_use_from(std::string_view attribute);

struct MailboxInfo {
    MailboxId id;
    std::string name; ///< UTF-8, levels separated by '/', INBOX in capitals
    SpecialUse use = SpecialUse::none;
    std::uint32_t uid_validity = 0;
};

/// The account's names at one moment.
struct MailboxList {
    std::vector<MailboxInfo> mailboxes;     ///< by name, INBOX first
    std::vector<std::string> subscriptions; ///< by name; may name mailboxes that don't exist (rfc9051#6.3.7)
    const MailboxInfo* find(std::string_view name) const; ///< INBOX in any case
    const MailboxInfo* find(MailboxId id) const;
    const MailboxInfo* find(SpecialUse use) const;
    bool subscribed(std::string_view name) const;
};
using MailboxListPtr = std::shared_ptr<const MailboxList>;

/// A message to be added. `blob` names `content`; `forms` are message::ImapForms packed (made here if null).
struct NewMessage {
    storage::Content content;
    storage::BlobId blob;
    std::shared_ptr<const std::string> forms;
    FlagNames flags;
    Seconds internal_date = 0; ///< 0: now
    /// The same batch puts the blob already (another recipient's part): this one only adds its reference.
    bool blob_in_batch = false;
};

struct Usage {
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
};

/// Limits an append must keep; 0 is no limit. Moves, copies within the account and flags never fail on quota.
struct Quota {
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
};

struct Appended {
    std::uint32_t uid_validity = 0;
    UidSet uids; ///< one per message, in the order given
    ModSeq modseq = 0;
};

enum class FlagMode { add, remove, replace };
struct FlagChange {
    FlagMode mode = FlagMode::add;
    FlagNames flags;
    std::optional<ModSeq> unchanged_since; ///< rfc7162#3.1.3
};
struct Stored {
    UidSet changed;    ///< whose flags are different now
    UidSet modified;   ///< skipped because of unchanged_since
    ModSeq modseq = 0; ///< of this change; 0 if nothing changed
};

struct Copied {
    std::uint32_t uid_validity = 0; ///< of the target
    std::vector<Uid> from;          ///< ascending
    std::vector<Uid> to;            ///< pairwise
};

/// Writes of an append that is not committed yet: intake joins `batch` with others, commits, then calls
/// Account::publish (or abandon). Dropping it without either abandons it.
class Reservation;

/// One account's mailboxes and messages. Made by Accounts::open, shared; all calls from any executor.
/// UIDs that don't exist are ignored everywhere (somebody else was faster).
class Account : public std::enable_shared_from_this<Account> {
public:
    virtual ~Account() = default;
    virtual AccountId id() const = 0;
    /// Where its changes are made. Every call goes there and comes back; who has several to make in a row may
    /// go there first.
    virtual base::Executor& owner() = 0;

    virtual Task<Outcome<MailboxListPtr>> list() = 0;
    virtual Task<Outcome<ViewPtr>> view(MailboxId mailbox) = 0; ///< Fault::not_found when deleted meanwhile
    virtual Task<Outcome<Usage>> usage() = 0;

    /// Raises `signal` after every published change to that mailbox ({} = any mailbox or name of the
    /// account), until the Watch is destroyed. The signal must outlive it.
    class Watch {
    public:
        virtual ~Watch() = default;
    };
    virtual std::unique_ptr<Watch> watch(MailboxId mailbox, base::Signal& signal) = 0;

    /// Makes missing parents too. Fault::exists, Fault::invalid (bad name), Fault::too_large (too many).
    virtual Task<Outcome<MailboxInfo>> create(std::string name, SpecialUse use = SpecialUse::none) = 0;
    /// Children move along. INBOX: its messages move to the new mailbox, INBOX stays (rfc9051#6.3.6).
    virtual Task<Outcome<void>> rename(std::string from, std::string to) = 0;
    /// Fault::refused for INBOX and for a mailbox with children.
    virtual Task<Outcome<void>> remove(std::string name) = 0;
    virtual Task<Outcome<void>> subscribe(std::string name, bool subscribed) = 0;

    /// Annotations of the mailbox; of the account itself for {}. They stay with a mailbox through rename()
    /// and go when it goes; INBOX keeps its own and gives a copy (rfc5464#4.1). Fault::not_found.
    virtual Task<Outcome<Metadata>> metadata(MailboxId mailbox) = 0;
    /// All changes or none. Fault::not_found; Fault::too_large (a name, a value, too many entries);
    /// Fault::over_quota (all of the account together).
    virtual Task<Outcome<void>> set_metadata(MailboxId mailbox, std::vector<MetadataChange> changes) = 0;

    /// All or none. Fault::over_quota, Fault::not_found (no such mailbox), Fault::too_large (keywords).
    virtual Task<Outcome<Appended>> append(MailboxId mailbox, std::vector<NewMessage> messages,
                                           Quota quota) = 0;
    virtual Task<Outcome<Stored>> store_flags(MailboxId mailbox, UidSet uids, FlagChange change) = 0;
    /// Removes messages with \Deleted among `uids` (all of them if nullopt); returns the removed.
    virtual Task<Outcome<UidSet>> expunge(MailboxId mailbox, std::optional<UidSet> uids) = 0;
    /// Removes these messages whatever their flags (POP3).
    virtual Task<Outcome<UidSet>> remove_messages(MailboxId mailbox, UidSet uids) = 0;
    /// Adds `message` to one mailbox and removes `uid` from another (or the same) as one change. Quota is
    /// judged as if the old message were gone (rfc8508#3.4). Fault::conflict: it is gone already. Others as
    /// append().
    virtual Task<Outcome<Appended>> replace(MailboxId from, Uid uid, MailboxId to, NewMessage message,
                                            Quota quota) = 0;
    virtual Task<Outcome<Copied>> copy(MailboxId from, UidSet uids, MailboxId to) = 0;
    virtual Task<Outcome<Copied>> move(MailboxId from, UidSet uids, MailboxId to) = 0;

    /// UIDs expunged from the mailbox by changes after `since` (rfc7162#3.2.5).
    virtual Task<Outcome<UidSet>> vanished_since(MailboxId mailbox, ModSeq since) = 0;

    struct Forms {
        Uid uid;
        std::string packed; ///< message::ImapForms
    };
    /// Stored wire forms of the messages with first <= UID <= last, ascending, at most `limit`. A message
    /// whose forms are missing (it was expunged meanwhile) is left out.
    virtual Task<Outcome<std::vector<Forms>>> forms(MailboxId mailbox, UidRange range, std::size_t limit) = 0;
    /// The message's bytes, or a part of them.
    virtual Task<Outcome<std::string>> read(storage::BlobId blob, std::uint64_t offset = 0,
                                            std::uint64_t length = UINT64_MAX) = 0;

    virtual Task<Outcome<std::unique_ptr<Reservation>>> reserve(MailboxId mailbox, NewMessage message,
                                                                Quota quota) = 0;
    /// The same for INBOX, found on the way: one visit to the account instead of two. Fault::corrupt if there
    /// is none.
    virtual Task<Outcome<std::unique_ptr<Reservation>>> reserve_inbox(NewMessage message, Quota quota) = 0;
};

class Reservation {
public:
    virtual ~Reservation() = default;
    virtual storage::Batch take_batch() = 0; ///< once
    virtual Uid uid() const = 0;
    virtual std::uint32_t uid_validity() const = 0;
    /// After the commit returned: makes the message visible. Destroying without it abandons the UID. The
    /// promise is kept once everybody who asks from then on sees it: changes become visible in the order of
    /// their modseqs, so earlier ones come first.
    virtual base::Promise<bool> publish() = 0;
};

} // namespace mansio::mailbox
