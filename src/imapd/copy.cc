#include "imapd/commands.h"
#include "imapd/copied.h"
#include "imapd/find_mailbox.h"
#include "imapd/messages.h"

#include <fmt/format.h>

namespace mansio::imapd {

std::string copyuid(const mailbox::Copied& copied)
{
    if (copied.from.empty())
        return {};
    return fmt::format("COPYUID {} {} {}", copied.uid_validity, mailbox::UidSet::of(copied.from).text(),
                       mailbox::UidSet::of(copied.to).text());
}

/// rfc9051#6.4.7. All or nothing; messages that are gone are no error: the client wanted them away from view
/// too.
Task<Reply> copy(Session& session, imap::Copy command)
{
    const Selected& selected = *session.selected;
    const auto messages = resolve(selected, command.set, command.numbering);
    if (names_nothing(messages, command.set, command.numbering))
        co_return reply::bad("no such message number");
    auto target = co_await find_mailbox(session, command.mailbox);
    if (!target)
        co_return with_try_create(session.refuse(target.error(), "copy"));
    auto uids = uids_of(*selected.shown, messages);
    auto copied = co_await session.account().copy(selected.mailbox, std::move(uids), target->id);
    if (!copied)
        co_return with_try_create(session.refuse(copied.error(), "copy"));
    co_return reply::ok(copyuid(*copied), "copied");
}

} // namespace mansio::imapd
