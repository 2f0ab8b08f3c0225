#include "imapd/session.h"

#include "imapd/notification.h"

#include <algorithm>

namespace mansio::imapd {

Session::Session(Imapd& house, net::Stream stream)
    : imapd(house)
    , settings(house.settings())
    , channel(std::move(stream))
    , log(house.recorder, trace::Protocol::imap, channel.stream().peer().text(),
          channel.stream().local().text())
    , login_by(std::chrono::steady_clock::now() + settings->login_timeout)
{
    channel.set_write_timeout(settings->write_timeout);
}

Session::~Session() = default;

base::Deadline Session::handshake_deadline() const
{
    const auto handshake = base::Deadline::after(imapd.handshake_timeout());
    return {std::min(handshake.at, login_by)};
}

imap::NameEncoding Session::names() const
{
    return enabled.imap4rev2 || enabled.utf8_accept ? imap::NameEncoding::utf8
                                                    : imap::NameEncoding::modified_utf7;
}

bool Session::may_send_password() const
{
    return channel.stream().is_tls() || settings->plaintext_login || imapd.lab;
}

void Session::untagged(const imap::StatusLine& line)
{
    std::string out;
    imap::write_status(out, "", line);
    channel.write(out);
    log.sent(std::string_view(out).substr(0, out.size() - 2));
}

void Session::answer(const Reply& reply)
{
    std::string out;
    imap::write_status(out, tag, {reply.condition, reply.code, reply.text});
    channel.write(out);
    const std::size_t hidden = hides_tag ? out.find(' ') + 1 : 0;
    log.sent(std::string_view(out).substr(hidden, out.size() - 2 - hidden));
}

void Session::go_ahead(std::string_view text)
{
    std::string out;
    imap::write_continuation(out, text);
    channel.write(out);
}

Reply Session::refuse(const base::Failure& failure, std::string_view doing)
{
    const bool ours = failure.fault == base::Fault::temporary || failure.fault == base::Fault::corrupt ||
                      failure.fault == base::Fault::full;
    log.note(doing, failure.cause, ours ? base::Level::error : base::Level::debug);
    return reply::from(failure.fault);
}

void Session::end(std::string_view reason)
{
    if (state == State::logout)
        return;
    state = State::logout;
    end_reason = reason;
}

void Session::bye(std::string_view code, std::string_view text, std::string_view reason)
{
    if (state == State::logout)
        return;
    untagged({imap::Condition::bye, code, text});
    end(reason);
}

void Session::leave_mailbox()
{
    selected.reset();
    if (state == State::selected)
        state = State::authenticated;
}

Task<bool> flush(Session& session)
{
    auto sent = co_await session.channel.flush(session.write_deadline());
    if (!sent)
        session.end(sent.error().fault == base::Fault::timed_out ? "peer does not read" : "peer closed");
    co_return sent.has_value();
}

Task<bool> make_room(Session& session)
{
    bool open = session.state != State::logout;
    if (open && session.channel.wants_flush()) {
        open = co_await flush(session);
        co_await base::yield();
    }
    co_return open;
}

} // namespace mansio::imapd
