#pragma once
#include "wire/smtp/path.h"

#include <string>
#include <string_view>

namespace mansio::wire::smtp {

/// NOTIFY of rfc3461#4.1; all false when it was not given.
struct Notify {
    bool never = false;
    bool success = false;
    bool failure = false;
    bool delay = false;
    bool operator==(const Notify&) const = default;
};

/// The arguments of RCPT with the parameters of DSN.
struct RcptCommand {
    Path forward_path;
    Notify notify;
    std::string orcpt; ///< "rfc822;" xtext as received, rfc3461#4.2
};

/// "RCPT" SP "TO:" Forward-path [SP Rcpt-parameters]   rfc5321#4.1.1.3; `args` is what follows the verb.
/// UTF-8 in the path is taken: whether the transaction allows it is for the session to say.
Parsed<RcptCommand> parse_rcpt(std::string_view args, Dialect dialect);

} // namespace mansio::wire::smtp
