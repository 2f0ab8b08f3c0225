#include "imapd/commands.h"

namespace mansio::imapd {

/// rfc9051#6.1.2: what changed is announced with every reply.
Task<Reply> noop(Session&, imap::Noop)
{
    co_return reply::ok("nothing done");
}

/// rfc3501#6.4.1: everything is durable already.
Task<Reply> check(Session&, imap::Check)
{
    co_return reply::ok("checked");
}

/// rfc9051#6.1.3
Task<Reply> logout(Session& session, imap::Logout)
{
    session.bye("", "goodbye", "logout");
    co_return reply::ok("logged out");
}

} // namespace mansio::imapd
