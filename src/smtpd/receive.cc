#include "smtpd/receive.h"

#include "smtpd/replies.h"
#include "wire/smtp/line_ends.h"

#include <fmt/format.h>

namespace mansio::smtpd {
namespace {

/// "ESMTPS", "ESMTPSA", "LMTP", "UTF8SMTPS": rfc3848, rfc6531#4.3.
std::string protocol_name(const Session& session, bool smtputf8)
{
    if (!session.extended)
        return "SMTP";
    const std::string_view plain = session.is_lmtp() ? "LMTP" : "ESMTP";
    const std::string_view utf8 = session.is_lmtp() ? "UTF8LMTP" : "UTF8SMTP";
    return fmt::format("{}{}{}", smtputf8 ? utf8 : plain, session.is_tls() ? "S" : "",
                       session.account ? "A" : "");
}

intake::Origin origin_of(ListenerKind kind)
{
    switch (kind) {
    case ListenerKind::mx: return intake::Origin::mx;
    case ListenerKind::lmtp: return intake::Origin::lmtp;
    case ListenerKind::submission:
    case ListenerKind::submissions: break;
    }
    return intake::Origin::submission;
}

Task<intake::Arrival> arrival_of(Session& session)
{
    intake::Arrival arrival;
    arrival.origin = origin_of(session.kind);
    arrival.session_id = session.log.id();
    arrival.helo = session.helo;
    const net::Address& peer = session.wire.stream().peer();
    arrival.peer_address = peer.is_ip() ? peer.ip() : "";
    auto peer_name = co_await session.peer_name.get();
    arrival.peer_name = std::move(peer_name);
    arrival.protocol = protocol_name(session, session.transaction->smtputf8());
    if (const net::TlsFacts* facts = session.wire.stream().tls())
        arrival.tls = facts->version + " " + facts->cipher;
    arrival.account = session.account;
    co_return arrival;
}

/// What is wrong with the bytes themselves.
std::optional<Reply> judge_form(const Session& session, bool bare)
{
    if (auto spoiled = spoiled_reply(*session.transaction))
        return spoiled;
    if (bare && session.bare_line_ends() == wire::smtp::BareLineEnds::keep) // rfc5321#2.3.8
        return Reply{550, {5, 6, 11}, "The message holds a bare CR or LF: lines end with CR LF"};
    if (wire::smtp::has_line_over(session.transaction->content(), session.limits().max_text_line))
        return Reply{554, {5, 6, 0}, "The message has a line that is too long"};
    return std::nullopt;
}

Reply accepted_as(const std::string& trace_id)
{
    return {250, {2, 0, 0}, "Accepted as " + trace_id};
}

/// rfc2033#4.2: a reply for each RCPT that was accepted, in their order.
void answer_each(Session& session, const intake::Receipt& receipt, const std::vector<std::size_t>& accepted)
{
    for (const std::size_t place : accepted) {
        const bool failed = place < receipt.recipients.size() && !receipt.recipients[place].result;
        session.answer(failed ? reply::refused(receipt.recipients[place].result.error())
                              : accepted_as(receipt.trace_id));
    }
}

void answer_rejection(Session& session, const intake::Rejection& rejection, std::size_t recipients)
{
    session.log.note("message refused", rejection.failure.cause);
    answer_all(session, reply::refused(rejection), recipients);
}

} // namespace

std::optional<Reply> spoiled_reply(const Transaction& transaction)
{
    switch (transaction.spoiled()) {
    case Transaction::Spoiled::too_large: return Reply{552, {5, 3, 4}, "The message is too large"};
    case Transaction::Spoiled::no_memory:
        return Reply{452, {4, 3, 1}, "No room for the message now, try again later"};
    case Transaction::Spoiled::no: break;
    }
    return std::nullopt;
}

void answer_all(Session& session, const Reply& reply, std::size_t recipients)
{
    const std::size_t count = session.is_lmtp() ? recipients : 1;
    for (std::size_t i = 0; i < count; ++i)
        session.answer(reply);
}

bool sends_in_vain(const Session& session)
{
    return session.transaction->dropped() > session.limits().max_message_size;
}

Task<void> finish_message(Session& session, bool bare)
{
    const std::size_t recipients = session.transaction->recipients();
    if (auto refused = judge_form(session, bare)) {
        session.drop_transaction();
        session.log.note("message refused", refused->text);
        answer_all(session, *refused, recipients);
        co_return;
    }
    ++session.messages;
    auto arrival = co_await arrival_of(session);
    auto staged = session.transaction->stage(std::move(arrival));
    auto receipt = co_await session.server.intake.accept(std::move(staged));
    if (receipt)
        session.log.note("message accepted", receipt->trace_id);
    if (!receipt)
        answer_rejection(session, receipt.error(), recipients);
    else if (session.is_lmtp())
        answer_each(session, *receipt, session.transaction->accepted());
    else
        session.answer(accepted_as(receipt->trace_id));
    session.drop_transaction();
}

} // namespace mansio::smtpd
