#include "pop3d/content.h"

#include "message/header.h"
#include "pop3d/surrogate.h"
#include "wire/pop3/content.h"

#include <fmt/format.h>

namespace mansio::pop3d {

namespace {

namespace pop3 = wire::pop3;

// Read from the store at once: most messages in one read, large ones without holding much.
constexpr std::uint64_t piece_size = 256 * 1024;
// Stuffed and written at once, so the output buffer grows by no more than twice this between flushes.
constexpr std::size_t slice_size = 32 * 1024;

/// The way of one message to the client.
struct Sending {
    const mailbox::Message& message;
    std::optional<pop3::TopCutter> cutter;
    pop3::DotStuffer stuffer;
    std::uint64_t at = 0; ///< octets read so far

    bool done() const { return at >= message.size || (cutter && cutter->done()); }
};

bool needs_utf8(std::string_view first_piece)
{
    pop3::HeaderScan scan;
    scan.add(first_piece);
    return scan.needs_utf8();
}

Task<Outcome<std::string>> read_piece(Session& session, Sending& sending)
{
    if (sending.done())
        co_return std::string();
    auto piece = co_await session.login->account->read(sending.message.blob, sending.at, piece_size);
    if (!piece)
        co_return base::fail(piece.error(), "read message");
    if (piece->empty())
        co_return base::fail(base::Fault::corrupt, "message is shorter than its size");
    sending.at += piece->size();
    co_return piece;
}

Task<Outcome<void>> write_piece(Session& session, Sending& sending, std::string_view piece)
{
    if (sending.cutter)
        piece = sending.cutter->take(piece);
    std::string out;
    while (!piece.empty()) {
        const auto slice = piece.substr(0, slice_size);
        out.clear();
        sending.stuffer.add(slice, out);
        session.wire.write(out);
        piece.remove_prefix(slice.size());
        auto flushed = co_await flush_if_large(session);
        if (!flushed)
            co_return flushed;
    }
    co_return Outcome<void>{};
}

Task<Outcome<void>> write_rest(Session& session, Sending& sending, std::string first_piece)
{
    std::string piece = std::move(first_piece);
    for (;;) {
        auto written = co_await write_piece(session, sending, piece);
        if (!written)
            co_return written;
        if (sending.done())
            break;
        auto next = co_await read_piece(session, sending);
        if (!next)
            co_return std::unexpected(next.error());
        piece = std::move(*next);
    }
    std::string end;
    sending.stuffer.finish(end);
    session.wire.write(end);
    co_return Outcome<void>{};
}

// For a client without UTF8, rfc6856#2.1. False when the message must be refused: so the settings say, or the
// header is larger than a piece.
bool make_plain(const Session& session, std::string& first_piece)
{
    using config::Utf8Mail;
    if (session.limits().utf8_mail == Utf8Mail::as_it_is)
        return true;
    const auto body = message::find_body(first_piece);
    if (session.limits().utf8_mail == Utf8Mail::refuse || body == first_piece.size())
        return false;
    first_piece.replace(0, body, surrogate_header(std::string_view(first_piece).substr(0, body)));
    return true;
}

// Nothing was sent yet, so there is still an answer for it.
void answer_unreadable(Session& session, const base::Failure& failure)
{
    if (failure.fault == base::Fault::not_found)
        session.answer(Reply::err("The message was removed by somebody else"));
    else
        session.answer_trouble(failure, "RETR");
}

} // namespace

Task<Outcome<void>> send_message(Session& session, std::uint32_t number, std::optional<std::uint64_t> lines)
{
    const auto message = session.maildrop().find(number);
    if (!message) {
        session.answer_no_message(message.error());
        co_return Outcome<void>{};
    }
    Sending sending{
        .message = **message,
        .cutter = {},
        .stuffer = pop3::DotStuffer(session.limits().replace_nul ? pop3::Nul::as_0x80 : pop3::Nul::keep)};
    if (lines)
        sending.cutter.emplace(*lines);
    auto first = co_await read_piece(session, sending);
    if (!first) {
        answer_unreadable(session, first.error());
        co_return Outcome<void>{};
    }
    if (!session.utf8 && needs_utf8(*first) && !make_plain(session, *first)) {
        session.answer(Reply::err("The message needs UTF-8 mode", ResponseCode::utf8)); // rfc6856#5
        co_return Outcome<void>{};
    }
    session.answer(Reply::ok(fmt::format("{} octets", sending.message.size)));
    auto done = co_await write_rest(session, sending, std::move(*first));
    co_return done;
}

} // namespace mansio::pop3d
