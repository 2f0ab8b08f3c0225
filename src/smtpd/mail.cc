#include "wire/smtp/mail.h"
#include "smtpd/commands.h"
#include "smtpd/replies.h"

namespace mansio::smtpd {
namespace {

/// rfc6409#6.1: the envelope's sender belongs to the account. The null path is for the receipts mail programs
/// send (rfc8098#3); the header is checked all the same.
Task<std::optional<Reply>> refuse_sender(Session& session, const wire::smtp::Path& path)
{
    if (!session.is_submission() || !session.limits().check_sender || path.is_null())
        co_return std::nullopt;
    auto allowed = co_await session.server.directory.may_send_as(session.account->id, path.address());
    if (!allowed) {
        session.log.error("may_send_as: " + allowed.error().cause);
        co_return reply::trouble();
    }
    if (!*allowed)
        co_return Reply{550, {5, 7, 1}, "This sender address does not belong to your account"};
    co_return std::nullopt;
}

std::optional<Reply> refuse_now(const Session& session)
{
    if (session.transaction)
        return reply::bad_sequence("A transaction is open already");
    if (session.is_submission() && !session.account)
        return Reply{530,
                     {5, 7, 0},
                     session.tls_offered() ? "Authenticate first, after STARTTLS" : "Authenticate first"};
    return std::nullopt;
}

} // namespace

// rfc5321#4.1.1.2
Task<void> mail(Session& session, std::string_view args)
{
    if (auto refused = refuse_now(session)) {
        co_await refuse(session, std::move(*refused));
        co_return;
    }
    if (session.messages >= session.limits().max_messages) {
        session.answer({421, {4, 7, 0}, "Enough messages for one connection: please connect again"});
        session.close("too many messages");
        co_return;
    }
    auto command = wire::smtp::parse_mail(args, session.dialect());
    if (!command) {
        co_await refuse(session, reply::syntax(command.error()));
        co_return;
    }
    if (command->size > session.limits().max_message_size) { // rfc1870#6.1
        session.answer({552, {5, 3, 4}, "The message is too large"});
        co_return;
    }
    auto refused = co_await refuse_sender(session, command->reverse_path);
    if (refused) {
        session.answer(*refused);
        co_return;
    }
    session.transaction.emplace(*command, session.server.memory.share(), session.bare_line_ends());
    session.stage = Stage::has_sender;
    session.answer({250, {2, 1, 0}, "Sender OK"});
}

} // namespace mansio::smtpd
