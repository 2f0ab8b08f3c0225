#include "base/text.h"
#include "imapd/commands.h"

namespace mansio::imapd {

/// rfc2971. No version: it helps attackers more than clients.
Task<Reply> id(Session& session, imap::Id command)
{
    std::string client;
    for (const auto& [key, value] : command.fields)
        client += (client.empty() ? "" : "; ") + key + '=' + value;
    session.log.note("client", client);
    session.channel.write("* ID (\"name\" \"Mansio\")\r\n");
    co_return reply::ok("nice to meet you");
}

} // namespace mansio::imapd
