#include "net/connections.h"

#include "net/stream_core.h"

#include <mutex>
#include <string>
#include <unordered_map>

namespace mansio::net {

struct Connections::State {
    struct Entry {
        std::string network;
        std::weak_ptr<Stream::Core> stream;
    };

    std::size_t in_network(const std::string& network) const
    {
        const auto found = per_network.find(network);
        return found == per_network.end() ? 0 : found->second;
    }
    template <class Act>
    void for_each_stream(Act act);

    mutable std::mutex mutex;
    ConnectionLimits limits;
    bool draining = false;
    std::uint64_t next_id = 1;
    std::unordered_map<std::uint64_t, Entry> entries;
    std::unordered_map<std::string, std::size_t> per_network;
    base::Signal empty;
};

namespace {

void stop_reading_on_its_loop(std::shared_ptr<Stream::Core> core)
{
    Loop& loop = core->loop();
    loop.post([core = std::move(core)] { core->stop_reading(); });
}

} // namespace

/// The act runs without the lock: it may end sessions, which give their tickets back.
template <class Act>
void Connections::State::for_each_stream(Act act)
{
    std::vector<std::shared_ptr<Stream::Core>> streams;
    {
        std::lock_guard lock(mutex);
        for (auto& [id, entry] : entries)
            if (auto stream = entry.stream.lock())
                streams.push_back(std::move(stream));
    }
    for (auto& stream : streams)
        act(std::move(stream));
}

Connections::Ticket& Connections::Ticket::operator=(Ticket&& other) noexcept
{
    std::swap(m_state, other.m_state);
    std::swap(m_id, other.m_id);
    return *this;
}

Connections::Ticket::~Ticket()
{
    if (!m_state)
        return;
    std::lock_guard lock(m_state->mutex);
    const auto entry = m_state->entries.find(m_id);
    const auto network = m_state->per_network.find(entry->second.network);
    if (--network->second == 0)
        m_state->per_network.erase(network);
    m_state->entries.erase(entry);
    if (m_state->entries.empty())
        m_state->empty.raise();
}

void Connections::Ticket::attach(const Stream& stream)
{
    {
        std::lock_guard lock(m_state->mutex);
        m_state->entries[m_id].stream = stream.core();
        if (!m_state->draining)
            return;
    }
    stop_reading_on_its_loop(stream.core());
}

Connections::Connections(ConnectionLimits limits)
    : m_state(std::make_shared<State>())
{
    m_state->limits = limits;
}

Connections::~Connections() = default;

std::optional<Connections::Ticket> Connections::admit(const Address& peer)
{
    std::string network = peer.network();
    std::lock_guard lock(m_state->mutex);
    const ConnectionLimits& limits = m_state->limits;
    const bool counted = limits.per_network > 0 && !peer.is_loopback();
    if (m_state->draining || (limits.total > 0 && m_state->entries.size() >= limits.total))
        return std::nullopt;
    if (counted && m_state->in_network(network) >= limits.per_network)
        return std::nullopt;
    const std::uint64_t id = m_state->next_id++;
    ++m_state->per_network[network];
    m_state->entries.emplace(id, State::Entry{std::move(network), {}});
    return Ticket(m_state, id);
}

void Connections::set_limits(ConnectionLimits limits)
{
    std::lock_guard lock(m_state->mutex);
    m_state->limits = limits;
}

std::size_t Connections::count() const
{
    std::lock_guard lock(m_state->mutex);
    return m_state->entries.size();
}

std::size_t Connections::count(const Address& peer) const
{
    std::lock_guard lock(m_state->mutex);
    return m_state->in_network(peer.network());
}

void Connections::begin_drain()
{
    {
        std::lock_guard lock(m_state->mutex);
        m_state->draining = true;
    }
    m_state->for_each_stream(stop_reading_on_its_loop);
}

bool Connections::draining() const
{
    std::lock_guard lock(m_state->mutex);
    return m_state->draining;
}

void Connections::close_all()
{
    m_state->for_each_stream([](std::shared_ptr<Stream::Core> core) { core->close_from_anywhere(); });
}

/// The signal may be an old one: somebody came and went, somebody else is there.
Task<void> Connections::drained(Deadline deadline)
{
    while (count() > 0) {
        const Woken woken = co_await wait_signal(m_state->empty, deadline);
        if (woken != Woken::signalled)
            break;
        m_state->empty.take();
    }
}

} // namespace mansio::net
