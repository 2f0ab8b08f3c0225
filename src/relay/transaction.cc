#include "relay/transaction.h"

#include "base/text.h"
#include "relay/idna.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::relay {
namespace {

using queue::Envelope;
using queue::Recipient;
using queue::Result;
using wire::smtp::ReceivedReply;

/// Nothing that could end a line early. Addresses were parsed on the way in; this is the last door.
bool is_sayable(std::string_view address)
{
    return address.size() <= 1024 && std::ranges::none_of(address, [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte < 0x20 || byte == 0x7f;
           });
}

/// xtext and the like: printable ASCII without spaces.
bool is_parameter_value(std::string_view text)
{
    return !text.empty() && text.size() <= 500 &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string notify_text(const queue::Notify& notify)
{
    if (notify.never)
        return "NEVER";
    std::string out;
    const auto add = [&](bool wanted, std::string_view word) {
        if (wanted)
            out += (out.empty() ? "" : ",") + std::string(word);
    };
    add(notify.success, "SUCCESS");
    add(notify.failure, "FAILURE");
    add(notify.delay, "DELAY");
    return out;
}

} // namespace

Transaction::Transaction(Connection& connection, storage::Engine& engine, const queue::QueuedMessage& message)
    : m_connection(connection)
    , m_engine(engine)
    , m_message(message)
    , m_is_settled(message.recipients.size())
    , m_accepted(message.recipients.size())
{
    for (const Recipient& recipient : message.recipients)
        m_settled.push_back({.recipient = recipient.index, .result = {}});
}

void Transaction::settle(std::size_t i, Result result)
{
    result.session = m_connection.session_id();
    m_settled[i].result = std::move(result);
    m_is_settled[i] = true;
}

void Transaction::settle_open(const Result& result)
{
    for (std::size_t i = 0; i < m_settled.size(); ++i)
        if (!m_is_settled[i])
            settle(i, result);
}

void Transaction::send_elsewhere(const Trouble& trouble)
{
    for (std::size_t i = 0; i < m_settled.size(); ++i)
        m_settled[i].elsewhere = m_settled[i].elsewhere || !m_is_settled[i];
    settle_open(to_result(trouble));
}

bool Transaction::all_settled() const
{
    return std::ranges::all_of(m_is_settled, [](bool settled) { return settled; });
}

bool Transaction::any_accepted() const
{
    return std::ranges::any_of(m_accepted, [](bool accepted) { return accepted; });
}

void Transaction::refuse(std::size_t i, std::string status, std::string text)
{
    if (!m_is_settled[i])
        settle(i, {.kind = Result::Kind::failed,
                   .status = std::move(status),
                   .text = std::move(text),
                   .remote = m_connection.remote()});
}

void Transaction::refuse_all(std::string status, std::string text)
{
    for (std::size_t i = 0; i < m_settled.size(); ++i)
        refuse(i, status, text);
}

/// The address as this remote can take it; nothing when it can't.
std::optional<std::string> Transaction::spoken(const std::string& address) const
{
    if (!is_sayable(address))
        return std::nullopt;
    if (m_utf8 || base::is_ascii(address))
        return address;
    return to_ascii_address(address);
}

std::string Transaction::mail_line() const
{
    const Envelope& envelope = m_message.envelope;
    const auto& extensions = m_connection.extensions();
    std::string line = "MAIL FROM:<" + spoken(envelope.reverse_path).value_or("") + ">";
    if (extensions.has("SIZE"))
        line += fmt::format(" SIZE={}", envelope.size);
    if (envelope.body == queue::BodyType::eight_bit_mime && extensions.has("8BITMIME"))
        line += " BODY=8BITMIME";
    if (m_utf8)
        line += " SMTPUTF8";
    if (!extensions.has("DSN"))
        return line;
    if (envelope.ret != queue::Ret::unset)
        line += envelope.ret == queue::Ret::full ? " RET=FULL" : " RET=HDRS";
    if (is_parameter_value(envelope.envelope_id))
        line += " ENVID=" + envelope.envelope_id;
    return line;
}

std::string Transaction::rcpt_line(const Recipient& recipient) const
{
    std::string line = "RCPT TO:<" + spoken(recipient.forward_path).value_or("") + ">";
    if (!m_connection.extensions().has("DSN"))
        return line;
    if (recipient.notify.given())
        line += " NOTIFY=" + notify_text(recipient.notify);
    if (is_parameter_value(recipient.original_recipient))
        line += " ORCPT=" + recipient.original_recipient;
    return line;
}

// What this remote can't take, told before anything is said.

void Transaction::check_size()
{
    const std::string* parameter = m_connection.extensions().find("SIZE");
    const auto limit = parameter != nullptr ? base::parse_number(base::trim(*parameter)) : std::nullopt;
    if (limit && *limit > 0 && m_message.envelope.size > *limit) // rfc1870#4
        refuse_all("5.3.4", fmt::format("the message has {} bytes, this server takes {}",
                                        m_message.envelope.size, *limit));
}

void Transaction::check_addresses()
{
    if (!spoken(m_message.envelope.reverse_path))
        refuse_all("5.6.7", "the server can't take the sender's address: it has no SMTPUTF8");
    for (std::size_t i = 0; i < m_settled.size(); ++i)
        if (!spoken(m_message.recipients[i].forward_path))
            refuse(i, "5.6.7", "the server can't take this address: it has no SMTPUTF8");
}

/// 8-bit content for a server that says it knows only seven. rfc6152#3, rfc6531#3.6
Task<void> Transaction::check_content()
{
    const Envelope& envelope = m_message.envelope;
    const auto& extensions = m_connection.extensions();
    const bool body_in_doubt = envelope.body == queue::BodyType::eight_bit_mime &&
                               !extensions.has("8BITMIME") && !m_connection.limits().eight_bit_anyway;
    const bool header_in_doubt = envelope.smtputf8 && !m_utf8;
    if (!body_in_doubt && !header_in_doubt)
        co_return;
    auto facts = co_await inspect_body(m_engine, envelope.blob);
    if (!facts) {
        settle_open({.status = "4.3.0", .text = "the stored message can't be read: " + facts.error().cause});
        co_return;
    }
    if (header_in_doubt && facts->header_8bit)
        refuse_all("5.6.7", "the message has UTF-8 header fields and the server has no SMTPUTF8");
    if (body_in_doubt && facts->body_8bit)
        refuse_all("5.6.3", "the message has 8-bit content and the server does not offer 8BITMIME");
}

Task<void> Transaction::check_needs()
{
    const bool needs_utf8 = m_message.envelope.smtputf8 || !base::is_ascii(m_message.envelope.reverse_path) ||
                            std::ranges::any_of(m_message.recipients, [](const Recipient& recipient) {
                                return !base::is_ascii(recipient.forward_path);
                            });
    m_utf8 = needs_utf8 && m_connection.extensions().has("SMTPUTF8");
    check_size();
    check_addresses();
    if (!all_settled())
        co_await check_content();
}

Task<std::vector<Settled>> Transaction::run()
{
    co_await check_needs();
    if (all_settled())
        co_return m_settled;
    const Way way = m_connection.extensions().has("PIPELINING") ? Way::pipelined : Way::stepwise;
    bool going = co_await reset();
    if (going)
        going = co_await envelope(way);
    if (going)
        co_await data(way);
    // Nobody is left without a word, even if the code above forgot somebody.
    settle_open({.status = "4.3.0", .text = "not settled", .remote = m_connection.remote()});
    co_return m_settled;
}

void Transaction::settle_by(const ReceivedReply& reply)
{
    Result result = to_result(reply, m_connection.remote());
    if (result.kind == Result::Kind::delivered) // 2xx where only 3xx makes sense
        result.kind = Result::Kind::deferred;
    if (reply.code == 421) {
        Trouble trouble{
            .code = reply.code, .status = result.status, .text = result.text, .remote = result.remote};
        send_elsewhere(trouble);
        return;
    }
    settle_open(result);
}

/// MAIL and every RCPT. False when nothing is left to send the message for, or nobody to send it to.
Task<bool> Transaction::envelope(Way way)
{
    const auto wait = m_connection.limits().command_timeout;
    m_connection.add(mail_line());
    if (way == Way::pipelined) {
        for (std::size_t i = 0; i < m_settled.size(); ++i)
            if (!m_is_settled[i])
                m_connection.add(rcpt_line(m_message.recipients[i]));
        m_connection.add("DATA");
    }
    std::vector<std::size_t> asked;
    for (std::size_t i = 0; i < m_settled.size(); ++i)
        if (!m_is_settled[i])
            asked.push_back(i);
    auto sent = co_await m_connection.flush(wait);
    if (!sent) {
        send_elsewhere(sent.error());
        co_return false;
    }
    const bool mail_taken = co_await read_mail_reply();
    if (!mail_taken && (way == Way::stepwise || !m_connection.usable()))
        co_return false;
    for (const std::size_t i : asked) {
        if (way == Way::stepwise) {
            m_connection.add(rcpt_line(m_message.recipients[i]));
            sent = co_await m_connection.flush(wait);
            if (!sent) {
                send_elsewhere(sent.error());
                co_return false;
            }
        }
        const bool going = co_await read_rcpt_reply(i);
        if (!going)
            co_return false;
    }
    if (way == Way::stepwise && !any_accepted()) {
        m_connection.needs_reset = true;
        co_return false;
    }
    co_return true;
}

Task<bool> Transaction::read_mail_reply()
{
    auto reply = co_await m_connection.read("MAIL", m_connection.limits().command_timeout);
    if (!reply) {
        send_elsewhere(reply.error());
        co_return false;
    }
    m_mail_taken = reply->code / 100 == 2;
    if (!m_mail_taken)
        settle_by(*reply);
    co_return m_mail_taken;
}

/// False when the connection is of no more use.
Task<bool> Transaction::read_rcpt_reply(std::size_t i)
{
    auto reply = co_await m_connection.read("RCPT", m_connection.limits().command_timeout);
    if (!reply) {
        // Those accepted so far have no message yet; those refused keep their refusal.
        send_elsewhere(reply.error());
        co_return false;
    }
    if (reply->code == 421) {
        settle_by(*reply);
        co_return false;
    }
    if (m_is_settled[i]) // MAIL was refused; this only repeats it
        co_return true;
    if (reply->code / 100 == 2) {
        m_accepted[i] = true;
        co_return true;
    }
    Result result = to_result(*reply, m_connection.remote());
    // rfc5321#4.5.3.1.10: 552 here means too many recipients, the others may follow later.
    if (reply->code == 552) {
        result.kind = Result::Kind::deferred;
        result.status = "4.5.3";
    }
    settle(i, std::move(result));
    co_return true;
}

Task<void> Transaction::data(Way way)
{
    if (way == Way::stepwise) {
        m_connection.add("DATA");
        auto sent = co_await m_connection.flush(m_connection.limits().data_timeout);
        if (!sent) {
            send_elsewhere(sent.error());
            co_return;
        }
    }
    auto reply = co_await m_connection.read("DATA", m_connection.limits().data_timeout);
    if (!reply) {
        send_elsewhere(reply.error());
        co_return;
    }
    if (reply->code != 354) {
        settle_by(*reply);
        m_connection.needs_reset = true;
        if (reply->positive())
            m_connection.break_off("out of step");
        co_return;
    }
    if (!m_mail_taken) { // a server that forgot what it said: it must not take a dot for a message
        m_connection.break_off("out of step");
        co_return;
    }
    if (!any_accepted()) { // rfc2920#3.1: the remote waits for a message all the same
        m_connection.add(".");
        auto sent = co_await m_connection.flush(m_connection.limits().command_timeout);
        if (sent)
            auto ignored = co_await m_connection.read("the final dot", m_connection.limits().final_timeout);
        co_return;
    }
    co_await body();
}

Task<void> Transaction::body()
{
    auto sent = co_await send_body(m_engine, m_message.envelope.blob, m_connection.channel(),
                                   m_connection.limits().block_timeout);
    if (!sent && sent.error().fault == base::Fault::corrupt) {
        m_connection.break_off("message unreadable");
        settle_open({.status = "4.3.0", .text = sent.error().cause});
        co_return;
    }
    if (!sent) {
        co_await after_broken_write(std::move(sent.error()));
        co_return;
    }
    auto reply = co_await m_connection.read("the message", m_connection.limits().final_timeout);
    if (!reply) { // It may have been taken: another host now would be a second copy for sure.
        settle_open(to_result(reply.error()));
        co_return;
    }
    Result result = to_result(*reply, m_connection.remote());
    if (result.kind == Result::Kind::delivered && !m_connection.extensions().has("DSN"))
        result.kind = Result::Kind::relayed;
    settle_open(result);
}

/// A remote that hangs up in the middle of the message often says why first.
Task<void> Transaction::after_broken_write(base::Failure failure)
{
    if (failure.fault == base::Fault::closed) {
        auto reply = co_await m_connection.read("the message", std::chrono::seconds(1));
        m_connection.break_off("connection lost");
        if (reply && !reply->positive()) {
            settle_by(*reply);
            co_return;
        }
    }
    send_elsewhere(m_connection.lost(failure, "a part of the message"));
}

/// Clears what the last transaction left. False when the connection is of no more use.
Task<bool> Transaction::reset()
{
    if (!m_connection.needs_reset)
        co_return true;
    auto reply = co_await m_connection.ask("RSET", m_connection.limits().command_timeout);
    if (reply && reply->code / 100 == 2) {
        m_connection.needs_reset = false;
        co_return true;
    }
    m_connection.break_off("RSET refused");
    send_elsewhere(reply ? Trouble{.status = "4.5.0", .text = shown(*reply), .remote = m_connection.remote()}
                         : reply.error());
    co_return false;
}

} // namespace mansio::relay
