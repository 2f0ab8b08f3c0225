#include "smtpd/commands.h"
#include "smtpd/mechanisms.h"
#include "smtpd/replies.h"
#include "wire/smtp/command.h"

#include <fmt/format.h>

namespace mansio::smtpd {
namespace {

/// The name is kept whatever it looks like: rfc5321#4.1.4 forbids refusing mail for it, and mail programs
/// call themselves anything (doc/compat.md#ehlo-names).
Task<bool> take_name(Session& session, std::string_view args)
{
    auto command = wire::smtp::parse_ehlo(args);
    if (!command) {
        co_await refuse(session, reply::syntax(command.error()));
        co_return false;
    }
    session.drop_transaction();
    session.helo = std::move(command->name);
    session.stage = Stage::greeted;
    co_return true;
}

std::string first_line(const Session& session)
{
    return fmt::format("{} greets {}", session.settings->server.hostname, session.helo);
}

} // namespace

// rfc5321#4.1.1.1; LHLO is the same in LMTP, rfc2033#4.1.
Task<void> ehlo(Session& session, std::string_view args)
{
    const bool taken = co_await take_name(session, args);
    if (!taken)
        co_return;
    session.extended = true;
    std::string text = first_line(session);
    text += "\nPIPELINING\n8BITMIME\nSMTPUTF8\nCHUNKING\nENHANCEDSTATUSCODES\nDSN";
    text += fmt::format("\nSIZE {}", session.limits().max_message_size);
    if (session.tls_offered())
        text += "\nSTARTTLS";
    const std::string mechanisms = mechanism_names(session);
    if (!mechanisms.empty() && !session.account)
        text += "\nAUTH " + mechanisms;
    session.answer({250, {}, std::move(text)});
}

// rfc5321#4.1.1.1
Task<void> helo(Session& session, std::string_view args)
{
    const bool taken = co_await take_name(session, args);
    if (!taken)
        co_return;
    session.extended = false;
    session.answer({250, {}, first_line(session)});
}

} // namespace mansio::smtpd
