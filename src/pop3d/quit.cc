#include "pop3d/commands.h"

#include <fmt/format.h>

namespace mansio::pop3d {

namespace {

// The UPDATE state, rfc1939#6: the marked messages go, all in one commit or none.
Task<void> update(Session& session)
{
    const auto uids = session.maildrop().deleted_uids();
    if (uids.empty()) {
        session.answer(Reply::ok("Goodbye"));
        co_return;
    }
    auto removed = co_await session.login->account->remove_messages(session.maildrop().mailbox(), uids);
    if (removed) {
        session.log.note("removed", fmt::format("{} messages", removed->count()));
        session.answer(Reply::ok(fmt::format("{} messages removed, goodbye", uids.count())));
        co_return;
    }
    session.answer_trouble(removed.error(), "QUIT: remove messages");
}

} // namespace

// QUIT, rfc1939#4 and #6. Always answered.
Task<Outcome<void>> quit(Session& session, std::string_view)
{
    if (session.login)
        co_await update(session);
    else
        session.answer(Reply::ok("Goodbye"));
    session.close("quit");
    co_return Outcome<void>{};
}

} // namespace mansio::pop3d
