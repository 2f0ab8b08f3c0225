#pragma once
#include "base/ids.h"
#include "base/outcome.h"
#include "base/task.h"
#include "base/time.h"
#include "directory/directory.h"
#include "mailbox/accounts.h"
#include "queue/spool.h"
#include "storage/engine.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mansio::trace {
class Recorder;
}
namespace mansio::net {
class Workers;
}

namespace mansio::intake {

using base::Outcome;
using base::Task;

enum class Origin : std::uint8_t {
    mx,         ///< port 25: from the world, local recipients only
    submission, ///< 587, 465: from an authenticated account
    lmtp,       ///< from a server that decided already; local recipients only
    report,     ///< a DSN of our own
    internal,   ///< from this server on behalf of an account (sieve, import, web)
};

/// Facts for the Received field and the trace (rfc5321#4.4).
struct Arrival {
    Origin origin = Origin::mx;
    std::string session_id;
    std::string helo;                          ///< what the client called itself
    std::string peer_address;                  ///< "192.0.2.1", "" for unix sockets
    std::string peer_name;                     ///< verified reverse name, "" if unknown
    std::string protocol;                      ///< "ESMTPS", "ESMTPSA", "LMTP", ... rfc3848
    std::string tls;                           ///< "TLSv1.3 TLS_AES_256_GCM_SHA384", "" in the clear
    std::optional<directory::Account> account; ///< who authenticated
};

/// One accepted RCPT. Its DSN parameters ride along to the queue.
struct Recipient {
    std::string address;                ///< as given, without the angle brackets
    directory::Destination destination; ///< from Directory::locate; for a remote one: empty
    bool remote = false;                ///< goes to the queue
    queue::Notify notify;
    std::string orcpt;
};

/// A whole message, received but not yet accepted. `content` is what came after DATA, dot-unstuffed, with
/// CRLF line ends and neither Received nor Return-Path of ours.
struct Staged {
    Arrival arrival;
    std::string reverse_path; ///< without angle brackets; "" is the null sender
    std::string envid;
    queue::Ret ret = queue::Ret::unset;
    bool smtputf8 = false;
    bool eight_bit = false; ///< BODY=8BITMIME or 8-bit content
    std::vector<Recipient> recipients;
    std::string content;
    /// Joined into the message's commit: what its sender has to write exactly if the message gets in.
    storage::Batch with;
};

/// Per-recipient result, for LMTP's reply per recipient (rfc2033#4.2); SMTP sessions need accepted() alone.
struct RecipientResult {
    std::string address;
    Outcome<void> result;
};
struct Receipt {
    std::string trace_id; ///< shown to the peer: "250 2.0.0 accepted as <trace_id>"
    std::vector<RecipientResult> recipients;
};

/// Why a message was refused for what it is (all permanent), so that the session can choose its words.
enum class Refusal : std::uint8_t {
    none,           ///< not a judgement: see failure.fault
    loop,           ///< too many Received fields
    no_from,        ///< no header From
    several_from,   ///< more than one header From field, or one that can't be parsed
    from_not_owned, ///< submission: a header From or Sender address is not the account's
};

struct Rejection {
    base::Failure failure;
    Refusal refusal = Refusal::none;
};

struct IntakeSettings {
    std::string hostname;
    unsigned max_received = 100;         ///< more is called a loop; rfc5321#6.3 asks for at least 100
    bool check_sender = true;            ///< a submission's header From must belong to the account
    bool hide_submission_address = true; ///< leave the client's address out of Received on submission
};

class Intake {
public:
    struct Parts {
        storage::Engine& engine;
        directory::Directory& directory;
        mailbox::Accounts& accounts;
        queue::Spool& spool;
        trace::Recorder* recorder; ///< may be null
        const base::Clock& clock;
        net::Workers* workers = nullptr; ///< for large messages; null: all is done on the caller's loop
    };
    Intake(Parts parts, IntakeSettings settings);
    ~Intake();

    /// Judges, places and commits. Every local recipient over quota or gone: that fault. Some of several:
    /// accepted for the others; the failed ones get a DSN (rfc5321#6.1) or, for LMTP, their own result.
    /// Submissions: a missing Date or Message-ID is added, each header From must belong to the account. Adds
    /// Received and, for local copies, Return-Path.
    Task<std::expected<Receipt, Rejection>> accept(Staged message);

    /// Called after every commit that put something in the queue, so that the relay wakes. Set once at start.
    void on_queued(std::function<void()> wake);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace mansio::intake
