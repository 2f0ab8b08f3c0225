#pragma once
#include "imapd/session.h"

#include <map>
#include <vector>

namespace mansio::imapd {

/// What a client asked to hear with NOTIFY SET, and what it was told last. Lives in the session until the
/// next NOTIFY. It learns of changes by comparing, as sync() does: nothing can be missed or overflow. rfc5465
class Notification {
public:
    Notification(Session& session, std::vector<imap::NotifyGroup> groups);

    /// Looks how everything stands; with `status` tells it too. Fault::too_large: too many mailboxes to
    /// watch.
    Task<Outcome<void>> begin(bool status);
    /// Raised after any change to the account.
    base::Signal& changed() { return m_changed; }
    /// Tells what changed since: the selected mailbox, other mailboxes, names, subscriptions.
    Task<void> tell();

private:
    /// How a mailbox stood when the client was last told.
    struct Standing {
        std::size_t messages = 0;
        mailbox::Uid uid_next = 0;
        base::ModSeq modseq = 0;
    };

    const imap::NotifyGroup* selected() const;
    imap::NotifyEvents events_of(const mailbox::MailboxInfo& info, const mailbox::MailboxList& names) const;
    Task<Outcome<void>> look(const mailbox::MailboxInfo& info, const imap::NotifyEvents& events, bool status);
    Task<void> tell_selected();
    Task<void> tell_new_messages(const imap::NotifyGroup& group, mailbox::Uid from);
    Task<void> tell_mailbox(const mailbox::MailboxInfo& info, const imap::NotifyEvents& events);
    void tell_names(const mailbox::MailboxList& now);
    void tell_name(const mailbox::MailboxInfo& info, const mailbox::MailboxList& now);
    void write_list(std::string_view name, const mailbox::MailboxList& now, std::string_view old_name);

    Session& m_session;
    std::vector<imap::NotifyGroup> m_groups;
    mailbox::MailboxListPtr m_names;
    std::map<mailbox::MailboxId, Standing> m_standing; ///< of mailboxes with message events
    base::Signal m_changed;
    std::unique_ptr<mailbox::Account::Watch> m_watch; ///< raises m_changed: gone before it
};

} // namespace mansio::imapd
