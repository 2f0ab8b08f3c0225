#include "imapd/append_reader.h"

#include "imapd/append_url.h"
#include "imapd/flags.h"
#include "imapd/read_command.h"
#include "intake/beside.h"
#include "message/imap_form.h"
#include "message/inspect.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace mansio::imapd {
namespace {

using Inside = imap::AppendStep::Inside;

constexpr std::size_t piece_size =
    256 * 1024; // memory is taken from the budget as bytes come, not as announced

/// As stored: CRLF line ends, and no NUL, which no IMAP string could carry back (rfc9051#4.3).
mailbox::NewMessage tidy(std::string content)
{
    std::replace(content.begin(), content.end(), '\0', '\x80');
    mailbox::NewMessage message;
    message.content = std::make_shared<const std::string>(message::normalise_line_ends(std::move(content)));
    message.blob = storage::BlobId::of(*message.content);
    message.forms =
        std::make_shared<const std::string>(message::pack(message::make_imap_forms(*message.content)));
    return message;
}

} // namespace

Task<std::optional<Reply>> AppendReader::read(imap::AppendStep step)
{
    for (;;) {
        auto refusal = co_await take_events(std::move(step.events));
        if (!refusal && step.literal)
            refusal = judge(step);
        if (refusal) {
            co_await skip(std::move(step));
            co_return refusal;
        }
        if (!step.literal)
            co_return co_await finish_message();
        if (!step.literal->unasked)
            m_session.go_ahead("go ahead");
        refusal = co_await read_literal(step.literal->size);
        if (refusal)
            co_return refusal;
        auto next = co_await read_append_step(m_session, step.inside);
        if (!next)
            co_return next.error();
        step = std::move(*next);
    }
}

Task<void> AppendReader::skip(imap::AppendStep step)
{
    if (step.literal && step.literal->unasked)
        co_await discard_literal(m_session, step.literal->size);
}

Task<std::optional<Reply>> AppendReader::take_events(std::vector<imap::AppendStep::Event> events)
{
    for (auto& event : events) {
        auto refusal = std::optional<Reply>();
        if (auto* url = std::get_if<imap::AppendUrl>(&event)) {
            refusal = co_await add_url(std::move(url->url));
        } else {
            refusal = co_await finish_message();
            m_open = std::get<imap::AppendMessage>(std::move(event));
        }
        if (refusal)
            co_return refusal;
    }
    co_return std::nullopt;
}

/// What this command may still hold. Of all its messages together not more than of one alone: all of them are
/// in memory until they are stored in one go.
std::uint64_t AppendReader::room() const
{
    const std::uint64_t most = m_session.settings->max_append_size;
    return most - std::min<std::uint64_t>(most, m_finished + m_content.size());
}

/// Whether a literal may come at all: asked before the client is told to send it.
std::optional<Reply> AppendReader::judge(const imap::AppendStep& step)
{
    if (step.literal->size > room())
        return reply::no("TOOBIG", "message too large");
    if (step.literal->size == 0 && step.inside != Inside::catenate)
        return reply::no("CANNOT", "an empty message is none"); // clients cancel an upload this way: rfc3502
    if (++m_literals > m_session.settings->max_literals)
        return reply::no("TOOBIG", "too many messages in one command");
    if (step.inside == Inside::utf8 && !m_session.enabled.utf8_accept && !m_session.enabled.imap4rev2)
        return reply::bad("ENABLE UTF8=ACCEPT first");
    return std::nullopt;
}

/// A reply when it can't be had, with what was left of it dropped.
Task<std::optional<Reply>> AppendReader::read_literal(std::uint64_t size)
{
    for (std::uint64_t left = size; left > 0;) {
        const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, left));
        if (!m_share.grow_to(m_finished + m_content.size() + piece)) {
            co_await discard_literal(m_session, left);
            co_return reply::no("UNAVAILABLE", "no memory left at the moment");
        }
        auto read = co_await m_session.channel.read_exact(m_content, piece, m_session.literal_deadline());
        if (!read) {
            say_goodbye(m_session, read.error());
            co_return Reply{};
        }
        left -= piece;
    }
    co_return std::nullopt;
}

/// rfc4469#3: a piece of a message that is here. The reply names the URL that failed.
Task<std::optional<Reply>> AppendReader::add_url(std::string url)
{
    auto bytes = co_await read_url(m_session, url);
    if (!bytes && bytes.error().fault != base::Fault::not_found)
        co_return m_session.refuse(bytes.error(), "catenate");
    if (!bytes)
        co_return reply::no(bad_url_code(url), "no such piece of a message");
    if (bytes->size() > room())
        co_return reply::no("TOOBIG", "message too large");
    if (!m_share.grow_to(m_finished + m_content.size() + bytes->size()))
        co_return reply::no("UNAVAILABLE", "no memory left at the moment");
    m_content += *bytes;
    co_return std::nullopt;
}

Task<std::optional<Reply>> AppendReader::finish_message()
{
    auto open = std::exchange(m_open, std::nullopt);
    if (!open)
        co_return std::nullopt;
    if (m_content.empty())
        co_return reply::no("CANNOT", "an empty message is none");
    const std::size_t size = m_content.size();
    auto message = co_await intake::run_beside(
        m_session.imapd.workers, size,
        [content = std::exchange(m_content, {})]() mutable { return tidy(std::move(content)); });
    m_finished += message.content->size();
    message.flags = flag_names(open->flags);
    message.internal_date = open->internal_date.value_or(0);
    m_messages.push_back(std::move(message));
    co_return std::nullopt;
}

} // namespace mansio::imapd
