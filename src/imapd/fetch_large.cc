// Large messages: neither the memory nor the loop's other sessions should feel them.
#include "imapd/fetch_sender.h"
#include "intake/beside.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::imapd {
namespace {

constexpr std::uint64_t piece_size = 256 * 1024; // read in well under a millisecond
constexpr std::uint64_t large = 2 * piece_size;

} // namespace

bool FetchSender::goes_in_pieces(const mailbox::Message& message) const
{
    return m_plan.as_it_is && message.size >= large;
}

/// The first piece is read before the response begins: a message that is gone leaves no trace in it.
Task<bool> FetchSender::send_large(std::size_t index, const message::ImapForms* forms)
{
    const mailbox::Message& message = m_view->at(index);
    auto share = m_session.imapd.budget.share();
    auto piece = Outcome<std::string>(std::unexpect, base::Failure{base::Fault::temporary, "memory budget"});
    if (share.grow_to(piece_size))
        piece = co_await m_session.account().read(message.blob, 0, piece_size);
    if (!piece) {
        note_unreadable(piece.error(), message.uid);
        co_return true;
    }
    begin(index);
    bool first = true;
    for (const imap::FetchItem& item : m_plan.items) {
        if (!std::exchange(first, false))
            m_out += ' ';
        write_facts(item, message);
        if (forms)
            write_form(item, *forms);
        if (!is_content(item))
            continue;
        write_label(item);
        imap::write_literal_head(m_out, message.size);
        co_await write_pieces(message, std::move(*piece));
        if (m_session.state == State::logout)
            co_return false;
    }
    end(index);
    co_return true;
}

/// After a literal's head there is no way to say that the rest can't be had: then the connection ends.
Task<void> FetchSender::write_pieces(const mailbox::Message& message, std::string piece)
{
    std::uint64_t at = 0;
    for (;;) {
        at += piece.size();
        std::ranges::replace(piece, '\0', '\x80'); // as in write_literal()
        m_session.channel.write(m_out);
        m_out.clear();
        auto shared = std::make_shared<const std::string>(std::move(piece));
        const std::string_view bytes = *shared;
        m_session.channel.write_shared(std::move(shared), bytes);
        const bool open = co_await make_room(m_session);
        if (!open || at >= message.size)
            co_return;
        auto next =
            co_await m_session.account().read(message.blob, at, std::min(piece_size, message.size - at));
        if (!next || next->empty()) {
            note_unreadable(next ? base::Failure{base::Fault::corrupt, "shorter than its size"}
                                 : next.error(),
                            message.uid);
            m_session.end("message unreadable in its middle");
            co_return;
        }
        piece = std::move(*next);
    }
}

Task<Outcome<std::string>> FetchSender::read_whole(const mailbox::Message& message)
{
    auto bytes = co_await m_session.account().read(message.blob, 0, piece_size);
    if (!bytes || bytes->size() < piece_size)
        co_return bytes;
    bytes->reserve(message.size);
    while (bytes->size() < message.size) {
        co_await base::yield();
        auto more = co_await m_session.account().read(message.blob, bytes->size(), piece_size);
        if (!more)
            co_return more;
        if (more->empty())
            break;
        bytes->append(*more);
    }
    co_return bytes;
}

Task<void> FetchSender::find_structure(Content& content)
{
    content.structure =
        co_await intake::run_beside(m_session.imapd.workers, content.bytes->size(),
                                    [bytes = content.bytes] { return message::parse_structure(*bytes); });
}

} // namespace mansio::imapd
