#include "imapd/commands.h"
#include "imapd/find_mailbox.h"
#include "imapd/flags.h"
#include "imapd/read_command.h"
#include "intake/beside.h"
#include "message/imap_form.h"
#include "message/inspect.h"
#include "wire/imap/command_reader.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::imapd {
namespace {

constexpr std::size_t piece_size =
    256 * 1024; // memory is taken from the budget as bytes come, not as announced

Task<Reply> turn_down(Session& session, const imap::Append& command, Reply reply)
{
    if (command.unasked)
        co_await discard_literal(session, command.size);
    co_return reply;
}

/// Reads the message; a reply when it can't be had, with what was left of it dropped.
Task<std::optional<Reply>> read_message(Session& session, std::uint64_t size, std::string& content)
{
    auto share = session.imapd.budget.share();
    while (content.size() < size) {
        const auto piece =
            static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, size - content.size()));
        if (!share.grow_to(content.size() + piece)) {
            co_await discard_literal(session, size - content.size());
            co_return reply::no("UNAVAILABLE", "no memory left at the moment");
        }
        auto read = co_await session.channel.read_exact(content, piece, session.literal_deadline());
        if (!read) {
            say_goodbye(session, read.error());
            co_return Reply{};
        }
    }
    co_return std::nullopt;
}

/// What follows the message: nothing, or the ")" of UTF8 (…). Another literal would be MULTIAPPEND, which we
/// don't have. A reply when it is something else.
Task<std::optional<Reply>> read_end(Session& session, imap::Append::Wrapping wrapping)
{
    auto rest = co_await read_line(session, session.settings->max_line, session.literal_deadline());
    if (!rest)
        co_return Reply{};
    const std::string_view wanted = wrapping == imap::Append::Wrapping::utf8 ? ")" : "";
    if (*rest == wanted)
        co_return std::nullopt;
    imap::CommandReader::Literal more;
    if (imap::literal_at_end(*rest, more) && more.sync == imap::CommandReader::Literal::Sync::comes_unasked)
        co_await discard_literal(session, more.size);
    co_return reply::bad("one message at a time");
}

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

Task<Reply> keep(Session& session, imap::Append command, std::string content)
{
    auto info = co_await find_mailbox(session, command.mailbox); // again: the literal took its time
    if (!info)
        co_return with_try_create(session.refuse(info.error(), "append"));
    const std::size_t size = content.size();
    auto message =
        co_await intake::run_beside(session.imapd.workers, size, [content = std::move(content)]() mutable {
            return tidy(std::move(content));
        });
    message.flags = flag_names(command.flags);
    message.internal_date = command.internal_date.value_or(0);
    std::vector<mailbox::NewMessage> messages;
    messages.push_back(std::move(message));
    const auto& who = session.user->who;
    const mailbox::Quota quota{.bytes = who.quota_bytes, .messages = who.quota_messages};
    auto added = co_await session.account().append(info->id, std::move(messages), quota);
    if (!added)
        co_return with_try_create(session.refuse(added.error(), "append"));
    co_return reply::ok(fmt::format("APPENDUID {} {}", added->uid_validity, added->uids.text()), "appended");
}

/// Whether the message may come at all: asked before the client is told to send it.
Task<std::optional<Reply>> refuse_early(Session& session, const imap::Append& command)
{
    if (command.size > session.settings->max_append_size)
        co_return reply::no("TOOBIG", "message too large");
    if (command.size == 0)
        co_return reply::no("CANNOT",
                            "an empty message is none"); // clients cancel an upload this way: rfc3502
    if (command.wrapping == imap::Append::Wrapping::utf8 && !session.enabled.utf8_accept &&
        !session.enabled.imap4rev2)
        co_return reply::bad("ENABLE UTF8=ACCEPT first");
    auto info = co_await find_mailbox(session, command.mailbox);
    if (!info)
        co_return with_try_create(session.refuse(info.error(), "append"));
    co_return std::nullopt;
}

} // namespace

/// rfc9051#6.3.12. OK is said after the message is durable.
Task<Reply> append(Session& session, imap::Append command)
{
    auto refusal = co_await refuse_early(session, command);
    if (refusal) {
        auto answer = co_await turn_down(session, command, std::move(*refusal));
        co_return answer;
    }
    if (!command.unasked)
        session.go_ahead("go ahead");
    std::string content;
    refusal = co_await read_message(session, command.size, content);
    if (refusal)
        co_return *refusal;
    refusal = co_await read_end(session, command.wrapping);
    if (refusal)
        co_return *refusal;
    auto answer = co_await keep(session, std::move(command), std::move(content));
    co_return answer;
}

} // namespace mansio::imapd
