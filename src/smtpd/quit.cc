#include "smtpd/commands.h"

namespace mansio::smtpd {

// rfc5321#4.1.1.10: always answered, whatever is open
Task<void> quit(Session& session, std::string_view)
{
    session.transaction.reset();
    session.answer({221, {2, 0, 0}, "Goodbye"});
    session.close("quit");
    co_return;
}

} // namespace mansio::smtpd
