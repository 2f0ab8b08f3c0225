#include "smtpd/commands.h"
#include "smtpd/receive.h"
#include "smtpd/replies.h"
#include "wire/smtp/data_decoder.h"

#include <algorithm>

namespace mansio::smtpd {
namespace {

/// The next piece within data-timeout, the whole within transaction-timeout.
base::Deadline piece_deadline(const Session& session, base::Deadline whole)
{
    const auto piece = base::Deadline::after(session.limits().data_timeout);
    return {std::min(piece.at, whole.at)};
}

/// Reads up to and with the final dot. False: the session is closed.
Task<bool> read_message(Session& session, wire::smtp::DataDecoder& decoder)
{
    Transaction& transaction = *session.transaction;
    const auto whole = base::Deadline::after(session.limits().transaction_timeout);
    while (!decoder.done()) {
        auto chunk = co_await session.wire.read_chunk(piece_deadline(session, whole));
        if (!chunk) {
            session.close(chunk.error());
            co_return false;
        }
        const std::size_t used = decoder.decode(*chunk, transaction.sink(chunk->size()));
        session.wire.consume(used);
        transaction.check_size(session.limits().max_message_size);
        if (sends_in_vain(session)) {
            session.answer({421, {4, 3, 4}, "Far too much, goodbye"});
            session.close("message far too large");
            co_return false;
        }
    }
    co_return true;
}

std::optional<Reply> refuse_now(const Session& session)
{
    if (!session.transaction)
        return reply::bad_sequence("Say MAIL first");
    if (session.stage == Stage::has_chunk)
        return reply::bad_sequence("Not after BDAT"); // rfc3030#2
    if (session.stage == Stage::has_sender)
        return Reply{554, {5, 5, 1}, "No valid recipients"};
    return std::nullopt;
}

} // namespace

// rfc5321#4.1.1.4
Task<void> data(Session& session, std::string_view args)
{
    auto refused = refuse_now(session);
    if (!refused && !args.empty())
        refused = Reply{501, {5, 5, 4}, "DATA takes no parameter"};
    if (refused) {
        co_await refuse(session, std::move(*refused));
        // DATA ends a group of commands (rfc2920#3.1): what waits behind it is a message sent blindly, and
        // must not be run as commands.
        if (session.wire.has_buffered_input() && session.stage != Stage::closed) {
            session.answer({421, {4, 5, 0}, "Wait for the answer to DATA, goodbye"});
            session.close("input behind a refused DATA");
        }
        co_return;
    }
    session.answer({354, {}, "Go ahead, end with CRLF.CRLF"});
    wire::smtp::DataDecoder decoder(session.bare_line_ends());
    const bool whole = co_await read_message(session, decoder);
    if (!whole)
        co_return;
    co_await finish_message(session, decoder.bare());
    // Where sender and receiver see different ends (CR CRLF.CRLF), what follows may be a smuggled message.
    const bool spoiled = decoder.bare() && session.bare_line_ends() == wire::smtp::BareLineEnds::keep;
    if (spoiled && session.kind == ListenerKind::mx)
        session.close("bare line ends");
}

} // namespace mansio::smtpd
