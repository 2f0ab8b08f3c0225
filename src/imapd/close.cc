#include "imapd/commands.h"

namespace mansio::imapd {

/// rfc9051#6.4.1: expunges without a word, where that is allowed.
Task<Reply> close(Session& session, imap::Close)
{
    const Selected& selected = *session.selected;
    if (!selected.read_only()) {
        auto gone = co_await session.account().expunge(selected.mailbox, std::nullopt);
        if (!gone && gone.error().fault != base::Fault::not_found)
            co_return session.refuse(gone.error(), "close");
    }
    session.leave_mailbox();
    co_return reply::ok("closed");
}

/// rfc9051#6.4.2
Task<Reply> unselect(Session& session, imap::Unselect)
{
    session.leave_mailbox();
    co_return reply::ok("unselected");
}

} // namespace mansio::imapd
