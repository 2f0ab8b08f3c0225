#include "imapd/commands.h"
#include "imapd/condstore.h"
#include "imapd/sync.h"

#include <fmt/format.h>

namespace mansio::imapd {

void enable_condstore(Session& session)
{
    if (session.enabled.condstore)
        return;
    session.enabled.condstore = true;
    if (session.selected)
        write_told_modseq(session);
}

/// rfc5161. Lists what this command switched on; QRESYNC brings CONDSTORE along (rfc7162#3.2.3).
Task<Reply> enable(Session& session, imap::Enable command)
{
    std::string done;
    auto& enabled = session.enabled;
    const auto turn_on = [&](bool& what, std::string_view name) {
        if (!what)
            done += fmt::format(" {}", name);
        what = true;
    };
    for (const std::string& name : command.capabilities) {
        if (name == "CONDSTORE" || name == "QRESYNC") {
            const bool had = enabled.condstore;
            enable_condstore(session);
            if (!had)
                done += " CONDSTORE";
        }
        if (name == "QRESYNC")
            turn_on(enabled.qresync, name);
        else if (name == "UTF8=ACCEPT")
            turn_on(enabled.utf8_accept, name);
        else if (name == "UIDONLY")
            turn_on(enabled.uid_only, name);
        else if (name == "IMAP4REV2")
            turn_on(enabled.imap4rev2, "IMAP4rev2");
    }
    session.channel.write("* ENABLED" + done + "\r\n");
    co_return reply::ok("enabled");
}

} // namespace mansio::imapd
