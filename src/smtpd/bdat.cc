#include "smtpd/commands.h"
#include "smtpd/receive.h"
#include "smtpd/replies.h"
#include "wire/smtp/command.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::smtpd {
namespace {

std::optional<Reply> refuse_now(const Session& session)
{
    if (!session.transaction)
        return reply::bad_sequence("Say MAIL first");
    if (session.stage == Stage::has_sender)
        return Reply{554, {5, 5, 1}, "No valid recipients"};
    return std::nullopt;
}

/// Copies the chunk into the message as it comes. False: the session is closed.
Task<bool> read_bytes(Session& session, std::uint64_t left)
{
    Transaction& transaction = *session.transaction;
    const auto whole = base::Deadline::after(session.limits().transaction_timeout);
    while (left > 0) {
        const auto piece = base::Deadline::after(session.limits().data_timeout);
        auto chunk = co_await session.wire.read_chunk({std::min(piece.at, whole.at)});
        if (!chunk) {
            session.close(chunk.error());
            co_return false;
        }
        const std::string_view bytes = chunk->substr(0, left);
        transaction.line_ends().copy(bytes, transaction.sink(bytes.size()));
        session.wire.consume(bytes.size());
        left -= bytes.size();
        transaction.check_size(session.limits().max_message_size);
    }
    co_return true;
}

/// The chunk comes whatever we say (rfc3030#2), so it is read and dropped. False: the session is closed.
Task<bool> drop_bytes(Session& session, std::uint64_t size)
{
    if (size > session.limits().max_message_size) {
        session.answer({421, {4, 3, 4}, "Far too much, goodbye"});
        session.close("chunk far too large");
        co_return false;
    }
    auto dropped = co_await session.wire.discard(size, base::Deadline::after(session.limits().data_timeout));
    if (!dropped)
        session.close(dropped.error());
    co_return dropped.has_value();
}

Task<bool> take_bytes(Session& session, std::uint64_t size)
{
    if (session.transaction->spoiled() == Transaction::Spoiled::no) {
        const bool read = co_await read_bytes(session, size);
        co_return read;
    }
    const bool dropped = co_await drop_bytes(session, size);
    co_return dropped;
}

Task<void> refuse_chunk(Session& session, std::uint64_t size, Reply reply)
{
    const bool dropped = co_await drop_bytes(session, size);
    if (dropped)
        co_await refuse(session, std::move(reply));
}

Task<void> finish_last(Session& session)
{
    Transaction& transaction = *session.transaction;
    if (transaction.spoiled() == Transaction::Spoiled::no) {
        transaction.line_ends().finish(transaction.sink(2));
        transaction.end_last_line();
    }
    const bool bare = transaction.line_ends().bare();
    co_await finish_message(session, bare);
}

} // namespace

// rfc3030#2. A chunk that can't be taken spoils the message: so say the answers to it and to all that follow.
Task<void> bdat(Session& session, std::string_view args)
{
    const auto command = wire::smtp::parse_bdat(args);
    if (!command) { // how many bytes follow is unknown: nothing after this can be understood
        session.answer(reply::syntax(command.error()));
        session.close("BDAT without a size");
        co_return;
    }
    if (auto refused = refuse_now(session)) {
        co_await refuse_chunk(session, command->size, std::move(*refused));
        co_return;
    }
    const std::uint64_t max = session.limits().max_message_size;
    if (command->size > max - std::min<std::uint64_t>(max, session.transaction->content().size()))
        session.transaction->spoil(Transaction::Spoiled::too_large);
    const bool read = co_await take_bytes(session, command->size);
    if (!read)
        co_return;
    if (command->last) {
        co_await finish_last(session);
        co_return;
    }
    session.stage = Stage::has_chunk;
    const auto spoiled = spoiled_reply(*session.transaction);
    session.answer(spoiled.value_or(Reply{250, {2, 0, 0}, fmt::format("{} bytes received", command->size)}));
}

} // namespace mansio::smtpd
