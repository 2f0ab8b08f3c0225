#include "load/imap_session.h"

namespace mansio::load {

using base::Fault;

Task<Outcome<void>> ImapSession::connect(std::uint64_t user)
{
    auto stream = co_await m_shared.dialer.dial(m_place.loop, m_place.number, deadline());
    if (!stream)
        co_return std::unexpected(std::move(stream.error()));
    m_client.emplace(std::move(*stream));
    auto opened = co_await m_client->open(m_shared.dialer, deadline());
    if (!opened)
        co_return opened;
    auto known = co_await m_client->login(m_shared.users.name(user), m_shared.users.password(), deadline());
    co_return known;
}

Task<Outcome<void>> ImapSession::prepare()
{
    auto connected = co_await connect(m_place.number);
    if (!connected)
        co_return connected;
    auto prepared = co_await prepare_mailbox();
    co_return prepared;
}

Task<Outcome<void>> ImapSession::prepare_mailbox()
{
    auto selected = co_await m_client->select(m_shared.options.mailbox, deadline());
    co_return selected;
}

bool ImapSession::take_tickets()
{
    m_tickets.clear();
    while (m_tickets.size() < m_shared.options.pipeline) {
        const auto ticket = m_shared.run.take();
        if (!ticket)
            break;
        m_tickets.push_back(*ticket);
    }
    return !m_tickets.empty();
}

Task<void> ImapSession::work()
{
    while (take_tickets()) {
        auto done = co_await round();
        if (done)
            continue;
        m_place.tally.failed(done.error().cause, m_tickets.size());
        if (done.error().fault != Fault::refused)
            break;
    }
}

Task<void> ImapSession::leave()
{
    if (m_client)
        co_await m_client->logout(Deadline::after(std::chrono::seconds(5)));
    m_client.reset();
}

} // namespace mansio::load
