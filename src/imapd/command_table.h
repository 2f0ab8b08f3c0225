#pragma once
#include "imapd/session.h"

#include <string_view>

namespace mansio::imapd {

/// Facts about a command that the dispatcher acts on.
enum Flag : std::uint8_t {
    plain = 0,
    holds_expunges = 1, ///< FETCH, STORE, SEARCH: no message number may change meaning (rfc9051#7.5.1)
    refreshes = 2,      ///< UID commands: new messages are looked at first, so that "n:*" finds them
    answers_itself = 4, ///< sends its tagged reply
    masked = 8,         ///< its arguments are secrets: the log shows the verb
    no_sync = 16,       ///< nothing about the mailbox is announced with its reply
};

struct Row {
    std::string_view verb; ///< upper case, "UID FETCH" for UID commands
    std::uint8_t states;   ///< State bits
    std::uint8_t flags;
    Task<Reply> (*run)(Session&, imap::Command);
};

/// nullptr for a command we don't have.
const Row* find_command(std::string_view verb);

} // namespace mansio::imapd
