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

} // namespace mansio::load
