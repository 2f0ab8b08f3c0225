#pragma once
#include "net/stream.h"

#include <cstddef>
#include <memory>
#include <optional>

namespace mansio::net {

struct ConnectionLimits {
    std::size_t total = 10'000; ///< 0: no limit
    std::size_t per_network =
        50; ///< per /24 or /64 (Address::network()); 0: no limit. Loopback and unix exempt
};

/// Counts who is connected, refuses over the limits, and ends all of them at shutdown. Thread-safe. Must
/// outlive its tickets.
class Connections {
public:
    struct State;

    /// One admitted connection; leaving is its destruction. Movable.
    class Ticket {
    public:
        Ticket(Ticket&&) noexcept = default;
        Ticket& operator=(Ticket&&) noexcept;
        ~Ticket();
        /// Lets begin_drain() and close_all() reach the stream.
        void attach(const Stream& stream);

    private:
        friend class Connections;
        Ticket(std::shared_ptr<State> state, std::uint64_t id)
            : m_state(std::move(state))
            , m_id(id)
        {
        }
        std::shared_ptr<State> m_state;
        std::uint64_t m_id;
    };

    explicit Connections(ConnectionLimits limits = {});
    ~Connections();

    /// Nothing when over a limit or draining: answer 421 or BYE and close.
    std::optional<Ticket> admit(const Address& peer);
    void set_limits(ConnectionLimits limits);
    std::size_t count() const;
    std::size_t count(const Address& peer) const; ///< of its network

    /// Admits nobody any more, and Stream::stop_reading() for every attached stream: sessions wake up, see
    /// draining(), say goodbye and end.
    void begin_drain();
    bool draining() const;
    void close_all(); ///< Stream::close() for every attached stream
    /// Ends when the last ticket is gone or the deadline passed. One waiter. On a Loop.
    Task<void> drained(Deadline deadline);

private:
    std::shared_ptr<State> m_state;
};

} // namespace mansio::net
