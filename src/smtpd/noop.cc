#include "smtpd/commands.h"
#include "smtpd/replies.h"

namespace mansio::smtpd {

// rfc5321#4.1.1.9; its parameter means nothing
Task<void> noop(Session& session, std::string_view)
{
    session.answer(reply::ok());
    co_return;
}

} // namespace mansio::smtpd
