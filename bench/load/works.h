#pragma once
#include "load/options.h"
#include "load/smtp_client.h"

#include <string>

namespace mansio::load {

// One function per work: runs it to its end, prints the result and returns the exit code.

enum class Reuse { kept, reconnect };

struct SmtpOptions {
    CommonOptions common;
    UserOptions users;
    MessageOptions messages;
    std::uint64_t count = 100; ///< messages in all
    unsigned recipients = 1;   ///< of each message; they go to the users by turns
    Reuse reuse = Reuse::kept;
    std::string sender = "load@sender.test";
    std::string auth; ///< the user to log in as, or none
    bool lmtp = false;
    bool pipelining = true;
};
int run_smtp(const SmtpOptions& options);

struct ImapOptions {
    CommonOptions common;
    UserOptions users; ///< connection n logs in as the n-th, after the last comes the first again
    MessageOptions messages;
    std::string work;
    std::uint64_t count = 1; ///< commands in all, or messages appended, or logins
    std::string mailbox = "INBOX";
    std::string target = "Target"; ///< of copy and move; made where it is missing
    std::string word = "load";     ///< searched for
    unsigned pipeline = 1;         ///< commands sent at once; messages of one MULTIAPPEND
};
bool is_imap_work(std::string_view name);
int run_imap(const ImapOptions& options);

enum class Pop3Work { stat, uidl, list, retr };

struct Pop3Options {
    CommonOptions common;
    UserOptions users; ///< a maildrop has one session: as many users as connections
    Pop3Work work = Pop3Work::stat;
    std::uint64_t count = 1; ///< commands in all; retr: at most so many messages of each maildrop
    unsigned pipeline = 1;
};
int run_pop3(const Pop3Options& options);

struct IdleOptions {
    CommonOptions common; ///< one loop: the times on both connections are of one clock and one thread
    UserOptions users;    ///< at least as many as connections
    MessageOptions messages;
    std::uint64_t rounds = 100;
    std::uint16_t smtp_port = 0; ///< plain
    std::string sender = "load@sender.test";
};
int run_idle(const IdleOptions& options);

struct HoldOptions {
    CommonOptions common;
    UserOptions users; ///< fewer than connections: several have the same
    bool idle = true;  ///< else logged in with a mailbox selected
    std::string mailbox = "INBOX";
};
int run_hold(const HoldOptions& options);

struct SinkOptions {
    std::uint16_t port = 0;
    bool starttls = false; ///< offered
    std::string certificate;
    std::string key;
    unsigned threads = 1;
    unsigned deadline_seconds = 120;
    std::uint64_t count = 1; ///< messages to take
};
int run_sink(const SinkOptions& options);

enum class Limit { group_commit, loopback, tls, sha256 };

struct LimitOptions {
    Limit limit = Limit::loopback;
    std::string folder; ///< of the store: on the disk to be measured
    unsigned writers = 32;
    std::uint64_t size = 8192; ///< of a message, of a hashed text
    unsigned seconds = 3;
};
int run_limit(const LimitOptions& options);

} // namespace mansio::load
