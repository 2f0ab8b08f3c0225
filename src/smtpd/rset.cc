#include "smtpd/commands.h"
#include "smtpd/replies.h"

namespace mansio::smtpd {

// rfc5321#4.1.1.5
Task<void> rset(Session& session, std::string_view)
{
    session.drop_transaction();
    session.answer(reply::ok());
    co_return;
}

} // namespace mansio::smtpd
