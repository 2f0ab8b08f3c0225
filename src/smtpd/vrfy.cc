#include "smtpd/commands.h"
#include "smtpd/replies.h"
#include "wire/smtp/path.h"

namespace mansio::smtpd {
namespace {

Reply cannot_verify()
{
    return {252, {2, 5, 2}, "Send the mail, then we will see"}; // rfc5321#3.5.3
}

std::string_view without_brackets(std::string_view text)
{
    if (text.starts_with('<') && text.ends_with('>') && text.size() > 1)
        return text.substr(1, text.size() - 2);
    return text;
}

} // namespace

// rfc5321#4.1.1.6. By default it tells nobody who has a mailbox.
Task<void> vrfy(Session& session, std::string_view args)
{
    if (args.empty()) {
        co_await refuse(session, {501, {5, 5, 4}, "VRFY needs an address"});
        co_return;
    }
    const auto path = wire::smtp::parse_address(without_brackets(args));
    if (!session.limits().vrfy || !path || !path->is_ascii()) {
        session.answer(cannot_verify());
        co_return;
    }
    auto destination = co_await session.server.directory.locate(path->address());
    if (!destination && destination.error().fault == base::Fault::not_found) {
        ++session.unknown_recipients;
        co_await refuse(session, {550, {5, 1, 1}, "There is no such mailbox here"});
        co_return;
    }
    const bool local = destination && *destination;
    session.answer(local ? Reply{250, {2, 1, 5}, "<" + path->address() + ">"} : cannot_verify());
}

// rfc5321#4.1.1.7: who is on a list is nobody's business
Task<void> expn(Session& session, std::string_view)
{
    co_await refuse(session, reply::not_offered());
}

} // namespace mansio::smtpd
