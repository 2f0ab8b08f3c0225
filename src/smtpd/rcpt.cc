#include "wire/smtp/rcpt.h"
#include "smtpd/commands.h"
#include "smtpd/replies.h"

namespace mansio::smtpd {
namespace {

using base::Fault;

std::optional<Reply> refuse_now(const Session& session)
{
    if (!session.transaction)
        return reply::bad_sequence("Say MAIL first");
    if (session.stage == Stage::has_chunk)
        return reply::bad_sequence("Not between BDAT and BDAT");
    return std::nullopt;
}

/// Address harvesting gets slow, and ends.
Task<void> refuse_unknown(Session& session)
{
    ++session.unknown_recipients;
    const bool stranger = session.kind == ListenerKind::mx;
    if (stranger && session.unknown_recipients >= session.limits().max_unknown_recipients) {
        session.answer({421, {4, 7, 0}, "Too many unknown recipients, goodbye"});
        session.close("too many unknown recipients");
        co_return;
    }
    co_await pause_until(session.error_deadline());
    session.answer({550, {5, 1, 1}, "There is no such mailbox here"});
}

queue::Notify notify_of(const wire::smtp::Notify& notify)
{
    queue::Notify made;
    made.never = notify.never;
    made.success = notify.success;
    made.failure = notify.failure;
    made.delay = notify.delay;
    return made;
}

/// For Directory::locate(): <postmaster> alone is asked for with an empty domain.
std::string lookup_address(const wire::smtp::Path& path)
{
    return path.is_postmaster() ? "postmaster@" : path.address();
}

void accept_recipient(Session& session, wire::smtp::RcptCommand command,
                      std::optional<directory::Destination> destination)
{
    intake::Recipient recipient;
    recipient.address = command.forward_path.address();
    recipient.remote = !destination;
    if (destination)
        recipient.destination = std::move(*destination);
    recipient.notify = notify_of(command.notify);
    recipient.orcpt = std::move(command.orcpt);
    session.transaction->add_recipient(std::move(recipient));
    session.stage = Stage::has_recipient;
    session.answer({250, {2, 1, 5}, "Recipient OK"});
}

/// Who is it, and may it be sent there from here? The one place that decides about relaying: an address of no
/// local domain goes out for an authenticated account only.
Task<void> place(Session& session, wire::smtp::RcptCommand command)
{
    auto destination = co_await session.server.directory.locate(lookup_address(command.forward_path));
    if (!destination && destination.error().fault == Fault::not_found) {
        co_await refuse_unknown(session);
        co_return;
    }
    if (!destination) {
        session.log.error("locate: " + destination.error().cause);
        session.answer(reply::trouble());
        co_return;
    }
    if (!*destination && !session.account) {
        co_await refuse(session, {550, {5, 7, 1}, "We don't relay: the recipient is not local"});
        co_return;
    }
    accept_recipient(session, std::move(command), std::move(*destination));
}

} // namespace

// rfc5321#4.1.1.3
Task<void> rcpt(Session& session, std::string_view args)
{
    if (auto refused = refuse_now(session)) {
        co_await refuse(session, std::move(*refused));
        co_return;
    }
    auto command = wire::smtp::parse_rcpt(args, session.dialect());
    if (!command) {
        co_await refuse(session, reply::syntax(command.error(), reply::AddressOf::recipient));
        co_return;
    }
    if (!command->forward_path.is_ascii() && !session.transaction->smtputf8()) {
        co_await refuse(session,
                        reply::syntax({wire::smtp::ErrorKind::utf8_without_smtputf8, 0, "SMTPUTF8"}));
        co_return;
    }
    if (session.transaction->recipients() >= session.limits().max_recipients) {
        session.answer({452, {4, 5, 3}, "Too many recipients for one message"}); // rfc5321#4.5.3.1.10
        co_return;
    }
    co_await place(session, std::move(*command));
}

} // namespace mansio::smtpd
