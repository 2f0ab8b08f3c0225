#include "imapd/commands.h"
#include "imapd/search_answer.h"
#include "imapd/search_run.h"

namespace mansio::imapd {

/// rfc9051#6.4.4
Task<Reply> search(Session& session, imap::Search command)
{
    const auto found = co_await run_search(session, command.key, command.charset);
    if (!found) {
        forget(session, command.returns);
        co_return found.error();
    }
    if (command.returns || session.enabled.imap4rev2) {
        const auto returns = command.returns.value_or(imap::SearchReturn{.all = true});
        remember(session, returns, *found);
        write_esearch(session, returns, command.numbering, *found);
    } else {
        co_await write_numbers(session, "SEARCH", command.numbering, *found);
    }
    co_return reply::ok("searched");
}

} // namespace mansio::imapd
