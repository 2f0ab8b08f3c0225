#pragma once
#include "base/sync.h"
#include "base/visit.h"
#include "mailbox/account.h"
#include "mailbox/accounts.h"
#include "mailbox/board.h"
#include "mailbox/index.h"

#include <map>
#include <unordered_map>

namespace mansio::mailbox {

/// Account as its owner sees it. Everything below "on the owner" runs on m_owner only; the public functions
/// hop there and back (on_owner).
class AccountImpl final : public Account {
public:
    AccountImpl(AccountId id, storage::Engine& engine, base::Executor& owner, const base::Clock& clock,
                const AccountsOptions& options);
    ~AccountImpl() override;

    AccountId id() const override { return m_id; }
    base::Executor& owner() override { return m_owner; }

    Task<Outcome<MailboxListPtr>> list() override;
    Task<Outcome<ViewPtr>> view(MailboxId mailbox) override;
    Task<Outcome<Usage>> usage() override;
    std::unique_ptr<Watch> watch(MailboxId mailbox, base::Signal& signal) override;
    Task<Outcome<MailboxInfo>> create(std::string name, SpecialUse use) override;
    Task<Outcome<void>> rename(std::string from, std::string to) override;
    Task<Outcome<void>> remove(std::string name) override;
    Task<Outcome<void>> subscribe(std::string name, bool subscribed) override;
    Task<Outcome<Metadata>> metadata(MailboxId mailbox) override;
    Task<Outcome<void>> set_metadata(MailboxId mailbox, std::vector<MetadataChange> changes) override;
    Task<Outcome<Appended>> append(MailboxId mailbox, std::vector<NewMessage> messages, Quota quota) override;
    Task<Outcome<Stored>> store_flags(MailboxId mailbox, UidSet uids, FlagChange change) override;
    Task<Outcome<UidSet>> expunge(MailboxId mailbox, std::optional<UidSet> uids) override;
    Task<Outcome<UidSet>> remove_messages(MailboxId mailbox, UidSet uids) override;
    Task<Outcome<Appended>> replace(MailboxId from, Uid uid, MailboxId to, NewMessage message,
                                    Quota quota) override;
    Task<Outcome<Copied>> copy(MailboxId from, UidSet uids, MailboxId to) override;
    Task<Outcome<Copied>> move(MailboxId from, UidSet uids, MailboxId to) override;
    Task<Outcome<UidSet>> vanished_since(MailboxId mailbox, ModSeq since) override;
    Task<Outcome<std::vector<Forms>>> forms(MailboxId mailbox, UidRange range, std::size_t limit) override;
    Task<Outcome<std::string>> read(storage::BlobId blob, std::uint64_t offset,
                                    std::uint64_t length) override;
    Task<Outcome<std::unique_ptr<Reservation>>> reserve(MailboxId mailbox, NewMessage message,
                                                        Quota quota) override;
    Task<Outcome<std::unique_ptr<Reservation>>> reserve_inbox(NewMessage message, Quota quota) override;

    /// Reads the account's records, making them the first time. Once, before anything else.
    Task<Outcome<void>> open();
    /// Writes a checkpoint if anything changed since the last.
    Task<Outcome<void>> checkpoint();
    /// Takes no change any more (Fault::not_found), after those under way have landed: before its keys are
    /// erased.
    Task<Outcome<void>> retire();
    bool needs_checkpoint() const { return m_changes_since_checkpoint > 0; }

private:
    friend class ReservationImpl;
    friend class WatchImpl;

    /// A mailbox whose index is in memory.
    struct Loaded {
        Index index;
        ViewPtr current; ///< made when asked for: null after a change
        const ViewPtr& view();
    };
    /// Somebody who waits until every change up to `modseq` is published or failed.
    struct Settler {
        ModSeq modseq;
        base::Promise<bool> settled;
    };
    /// A change between reserve and publish.
    struct Pending {
        Change change;
        Usage added;
        bool resolved = false;
        bool committed = false;
    };
    /// What a change needs besides its entries.
    /// A move leaves every blob as many references as it had.
    enum class References { change, stay };
    struct Draft {
        std::vector<Entry> entries;
        storage::Batch batch;
        Usage added;
    };
    struct Watcher {
        MailboxId mailbox;
        base::Signal* signal;
    };
    /// Watchers register from any thread.
    struct Watchers {
        std::mutex mutex;
        std::vector<std::shared_ptr<Watcher>> list;
    };

    // On the owner: opening (account_open.cc)
    Task<Outcome<void>> make_default_mailboxes();
    Task<Outcome<void>> read_names();
    Task<Outcome<void>> read_tail();
    Task<Outcome<void>> read_index(Index& index);
    /// Finds or loads; the pointer stays good until the mailbox is removed.
    Task<Outcome<Loaded*>> loaded(MailboxId mailbox);
    const MailboxInfo* known(MailboxId mailbox) const { return m_names->find(mailbox); }

    // On the owner: reserve, commit, publish (account_publish.cc)
    ModSeq reserve_change(std::vector<Entry> entries, Usage added);
    void resolve(ModSeq modseq, bool committed);
    void apply(const Change& change);
    void notify(MailboxId mailbox);
    /// Reserves, commits, waits until published. Caller holds m_changing (or it is an append).
    Task<Outcome<ModSeq>> commit_change(Draft draft);
    Task<void> settled(ModSeq modseq);
    /// Keeps the promise when every change up to `modseq` is published or failed: now, perhaps.
    void tell_settled(ModSeq modseq, base::Promise<bool> settled);
    void start_checkpoint_if_due();

    // On the owner: the operations
    /// Computes what the caller left out, on the caller's thread.
    static void complete(NewMessage& message);
    Outcome<Draft> draft_append(Loaded& target, MailboxId mailbox, std::vector<NewMessage>& messages,
                                const Quota& quota);
    Outcome<void> check_quota(const std::vector<NewMessage>& messages, const Quota& quota) const;
    Task<Outcome<ViewPtr>> do_view(MailboxId mailbox);
    Task<Outcome<Usage>> do_usage();
    Task<Outcome<MailboxInfo>> do_create(std::string name, SpecialUse use);
    Task<Outcome<void>> do_rename(std::string from, std::string to);
    Task<Outcome<void>> rename_inbox(std::string to);
    Task<Outcome<void>> do_remove(std::string name);
    Task<Outcome<void>> do_subscribe(std::string name, bool subscribed);
    Task<Outcome<Appended>> do_append(MailboxId mailbox, std::vector<NewMessage> messages, Quota quota);
    Task<Outcome<std::unique_ptr<Reservation>>> do_reserve(MailboxId mailbox, NewMessage message,
                                                           Quota quota);
    Task<Outcome<std::unique_ptr<Reservation>>> do_reserve_inbox(NewMessage message, Quota quota);
    Task<Outcome<Appended>> do_replace(MailboxId from, Uid uid, MailboxId to, NewMessage message,
                                       Quota quota);
    Task<Outcome<Stored>> do_store_flags(MailboxId mailbox, UidSet uids, FlagChange change);
    Task<Outcome<UidSet>> do_expunge(MailboxId mailbox, std::optional<UidSet> uids, std::uint16_t having);
    Task<Outcome<Copied>> do_copy(MailboxId from, UidSet uids, MailboxId to, bool and_remove);
    Task<Outcome<Copied>> copy_held(MailboxId from, UidSet uids, MailboxId to, bool and_remove);
    Task<Outcome<UidSet>> do_vanished_since(MailboxId mailbox, ModSeq since);
    Task<Outcome<void>> do_checkpoint();
    Task<Outcome<void>> do_retire();
    Task<Outcome<std::vector<std::string>>> read_forms(MailboxId mailbox, const std::vector<Uid>& uids);
    Outcome<Copied> draft_copy(Draft& draft, Loaded& target, const View& source,
                               const std::vector<std::size_t>& indexes, std::vector<std::string> forms,
                               References references);
    Outcome<void> draft_move_all(Draft& draft, const MailboxInfo& target, const View& source,
                                 std::vector<std::string> forms);
    /// Adds removal of these messages of `view` to the draft; returns their UIDs.
    UidSet draft_removal(Draft& draft, const View& view, const std::vector<std::size_t>& indexes,
                         References references = References::change);

    // Names (account_names.cc)
    MailboxInfo add_mailbox(Draft& draft, MailboxList& names, std::string name, SpecialUse use);
    Outcome<void> add_missing(Draft& draft, MailboxList& names, const std::string& name, SpecialUse use);
    void put_record(storage::Batch& batch, const MailboxInfo& info) const;
    void adopt(MailboxList names);
    void show_names(MailboxListPtr names);

    // Annotations (account_metadata.cc)
    Task<Outcome<void>> do_set_metadata(MailboxId mailbox, std::vector<MetadataChange> changes);
    Task<Outcome<Metadata>> read_metadata(MailboxId mailbox);
    Task<Outcome<Metadata>> metadata_to_copy(MailboxId from);
    void draft_metadata(Draft& draft, MailboxId mailbox, const Metadata& before, const Metadata& after) const;
    void draft_metadata_removal(Draft& draft, MailboxId mailbox, const Metadata& all) const;

    const AccountId m_id;
    storage::Engine& m_engine;
    base::Executor& m_owner;
    const base::Clock& m_clock;
    const AccountsOptions m_options;

    MailboxListPtr m_names = std::make_shared<const MailboxList>();
    std::unordered_map<MailboxId, std::unique_ptr<Loaded>> m_loaded;
    /// Changes after the checkpoint about mailboxes not loaded yet, in modseq order.
    std::unordered_map<MailboxId, std::vector<std::pair<ModSeq, Entry>>> m_tail;
    std::map<ModSeq, Pending> m_pending;
    ModSeq m_modseq = 0; ///< newest reserved
    std::vector<Settler> m_settlers;
    ModSeq m_published = 0; ///< every change up to here is published or failed
    std::uint32_t m_last_mailbox = 0;
    std::uint32_t m_last_uid_validity = 0;
    Usage m_usage; ///< reserved changes included
    std::size_t m_changes_since_checkpoint = 0;
    bool m_checkpointing = false;
    bool m_retired = false;
    base::AsyncMutex m_loading;  ///< one index is read at a time
    base::AsyncMutex m_changing; ///< every change but appends
    Board m_board;               ///< read by anybody
    std::shared_ptr<Watchers> m_watchers = std::make_shared<Watchers>();
};

/// Runs `work` (a task of `self`) on the account's owner, then returns to where the caller was.
template <class T>
Task<T> on_owner(std::shared_ptr<AccountImpl> self, Task<T> work)
{
    T result = co_await base::visit(self->owner(), std::move(work));
    co_return result;
}

} // namespace mansio::mailbox
