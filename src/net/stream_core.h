#pragma once
// Private to this room: what a Stream is made of. stream.cc moves plain bytes, tls_stream.cc the others.
#include "net/stream.h"
#include "net/watch.h"

struct ssl_st;

namespace mansio::net {

/// What one non-blocking attempt came to: `done` bytes, or a wait for `need`, or a failure.
struct Step {
    enum class Need { nothing, read, write };
    std::size_t done = 0;
    Need need = Need::nothing;
    std::optional<base::Failure> failure;

    static Step failed(base::Fault fault, std::string cause)
    {
        Step step;
        step.failure = base::Failure{fault, std::move(cause)};
        return step;
    }
};

enum class TlsRole { server, client };

struct Stream::Core final : Watch {
    Core(Loop& loop, int socket, Address peer_address)
        : Watch(loop, socket)
        , peer(std::move(peer_address))
    {
    }
    ~Core() override;
    void close() override;

    Step read_step(char* into, std::size_t max);
    Step write_step(std::string_view bytes);
    void shutdown_write();

    // tls_stream.cc
    Step tls_read(char* into, std::size_t max);
    Step tls_write(std::string_view bytes);
    Step tls_handshake();
    Step tls_problem(int result, std::string_view doing);
    bool tls_holds_input() const;
    void tls_say_goodbye();
    void tls_free();
    Outcome<void> tls_prepare(const TlsContext& context, TlsRole role, const TlsClientOptions* options);
    TlsFacts tls_read_facts(TlsRole role) const;

    Address peer;
    std::optional<Address> local; ///< asked for when needed
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    /// The last read found nothing: whatever TLS still holds is a part of a record.
    bool starved = false;
    bool write_ended = false;
    bool tls_broken = false; ///< after a fatal error nothing may be said any more
    ssl_st* ssl = nullptr;
    std::shared_ptr<const TlsContext::Impl> tls_context;
    std::unique_ptr<TlsFacts> facts;
};

/// A socket that is non-blocking already and has its options: what a Listener accepted. Closes it on failure.
Outcome<Stream> adopt_ready(Loop& loop, int socket, Address peer);
/// No Nagle: replies go out whole, in one write. Keepalive finds dead IDLE clients. A listening socket hands
/// these on to what it accepts.
void set_stream_options(int socket);

/// Waits for what the step needs.
Task<Outcome<void>> wait_for(std::shared_ptr<Stream::Core> core, Step::Need need, Deadline deadline);

} // namespace mansio::net
