#pragma once
#include "base/sync.h"
#include "imapd/imapd.h"
#include "imapd/reply.h"
#include "mailbox/account.h"
#include "net/channel.h"
#include "trace/session_log.h"
#include "wire/imap/command.h"
#include "wire/imap/syntax.h"

#include <memory>
#include <string>
#include <string_view>

namespace mansio::imapd {

namespace imap = wire::imap;
using base::Outcome;
using base::Task;

/// rfc9051#3
enum class State : std::uint8_t { not_authenticated = 1, authenticated = 2, selected = 4, logout = 8 };

/// Who logged in.
struct User {
    std::shared_ptr<mailbox::Account> account;
    directory::Account who;
    login::UserSessions::Ticket place;
};

/// The selected mailbox as this client knows it.
struct Selected {
    mailbox::MailboxId mailbox;
    imap::Select::Access access = imap::Select::Access::read_write;
    mailbox::ViewPtr shown;     ///< what message numbers mean
    bool expunges_held = false; ///< `shown` still has messages that are gone
    bool behind = false;        ///< a change was seen, but could not be looked at
    /// All changes up to here were told, expunges too: less than that of `shown` while expunges are held.
    base::ModSeq told_modseq = 0;
    mailbox::UidSet saved_result; ///< "$": rfc5182
    base::Signal changed;         ///< raised by the account after every change to the mailbox
    std::unique_ptr<mailbox::Account::Watch> watch;

    bool read_only() const { return access == imap::Select::Access::read_only; }
};

class Notification;

/// One connection. Used by its own coroutine only.
struct Session {
    Session(Imapd& house, net::Stream stream);
    ~Session();

    Imapd& imapd;
    std::shared_ptr<const config::ImapSettings> settings;
    net::Channel channel;
    trace::SessionLog log;
    std::string tag;         ///< of the command in progress
    std::string unread_line; ///< ended an IDLE without being DONE: the next command begins with it
    std::unique_ptr<User> user;
    std::unique_ptr<Selected> selected;
    std::unique_ptr<Notification> notification; ///< after NOTIFY SET
    std::string_view end_reason = "logout";     ///< a literal: why the session ended, for its log
    base::SteadyTime login_by;                  ///< the login must be finished then
    base::SteadyTime next_check; ///< when to ask the directory again whether the account is active
    State state = State::not_authenticated;
    bool in_uid_command = false;
    bool hides_tag = false; ///< in the log: behind the tag was no command, so it may be a secret gone astray
    struct {
        bool condstore = false;
        bool qresync = false;
        bool utf8_accept = false;
        bool imap4rev2 = false;
        bool uid_only = false; ///< rfc9586: no message number in either direction
    } enabled;
    std::uint32_t errors = 0;
    std::uint32_t login_failures = 0;

    mailbox::Account& account() const { return *user->account; }
    imap::NameEncoding names() const;
    /// Does a FETCH that nobody asked for carry the UID? rfc9051#6.4.9, rfc7162#3.2.4
    bool shows_uids() const
    {
        return (in_uid_command || enabled.condstore || enabled.imap4rev2) && !enabled.uid_only;
    }
    bool may_send_password() const;

    base::Deadline write_deadline() const { return base::Deadline::after(settings->write_timeout); }
    base::Deadline handshake_deadline() const; ///< the login must be finished in time too
    base::Deadline literal_deadline() const { return base::Deadline::after(settings->literal_timeout); }

    void untagged(const imap::StatusLine& line);
    void answer(const Reply& reply);
    void go_ahead(std::string_view text); ///< "+ text"
    /// Logs the cause; the reply for its fault.
    Reply refuse(const base::Failure& failure, std::string_view doing);
    /// The connection is no good any more: nothing else is sent.
    void end(std::string_view reason);
    void bye(std::string_view code, std::string_view text, std::string_view reason);
    void leave_mailbox();
};

/// Flushes when much is waiting and lets others run; false when the connection broke.
Task<bool> make_room(Session& session);
/// Sends everything now; false when the connection broke.
Task<bool> flush(Session& session);

} // namespace mansio::imapd
