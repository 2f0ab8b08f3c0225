#include "imapd/commands.h"

namespace mansio::imapd {

/// rfc9051#6.3.10: one personal namespace.
Task<Reply> name_space(Session& session, imap::Namespace)
{
    session.channel.write("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n");
    co_return reply::ok("that is all");
}

} // namespace mansio::imapd
