#include "imapd/commands.h"
#include "imapd/find_mailbox.h"

namespace mansio::imapd {

/// rfc9051#6.3.5. The mailbox that is selected here is left first; the others who have it open hear BYE.
Task<Reply> remove(Session& session, imap::Delete command)
{
    auto info = co_await find_mailbox(session, command.mailbox);
    if (!info)
        co_return session.refuse(info.error(), "delete");
    auto removed = co_await session.account().remove(info->name);
    if (!removed) {
        auto answer = session.refuse(removed.error(), "delete");
        if (removed.error().fault == base::Fault::refused)
            answer = reply::no(info->use == mailbox::SpecialUse::inbox ? "CANNOT" : "HASCHILDREN",
                               "INBOX and parents stay");
        co_return answer;
    }
    if (session.selected && session.selected->mailbox == info->id) {
        session.leave_mailbox();
        session.untagged({imap::Condition::ok, "CLOSED", "the mailbox is gone"});
    }
    co_return reply::ok("deleted");
}

} // namespace mansio::imapd
