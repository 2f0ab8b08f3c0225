#include "imapd/reply.h"

namespace mansio::imapd::reply {

// Codes of rfc5530 and rfc9051#7.1.
Reply from(base::Fault fault)
{
    using base::Fault;
    switch (fault) {
    case Fault::refused: return no("CANNOT", "not allowed here");
    case Fault::not_found: return no("NONEXISTENT", "no such mailbox");
    case Fault::exists: return no("ALREADYEXISTS", "it exists already");
    case Fault::invalid: return no("CANNOT", "not a possible name");
    case Fault::too_large: return no("LIMIT", "over a limit of this server");
    case Fault::over_quota: return no("OVERQUOTA", "the account is full");
    case Fault::full: return no("UNAVAILABLE", "no room at the moment");
    case Fault::conflict: return no("INUSE", "somebody else was faster, try again");
    case Fault::corrupt: return no("CORRUPTION", "damaged data, the administrator is needed");
    case Fault::unauthorized: return no("AUTHENTICATIONFAILED", "wrong name or password");
    case Fault::temporary:
    case Fault::closed:
    case Fault::timed_out: return no("UNAVAILABLE", "try again later");
    }
    return no("UNAVAILABLE", "try again later");
}

} // namespace mansio::imapd::reply
