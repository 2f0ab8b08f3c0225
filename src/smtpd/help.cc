#include "smtpd/commands.h"

namespace mansio::smtpd {

// rfc5321#4.1.1.8
Task<void> help(Session& session, std::string_view)
{
    session.answer({214, {2, 0, 0}, "This server speaks RFC 5321; EHLO lists its extensions"});
    co_return;
}

} // namespace mansio::smtpd
