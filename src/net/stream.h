#pragma once
#include "base/outcome.h"
#include "base/sync.h"
#include "base/task.h"
#include "base/time.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/tls.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace mansio::net {

/// A connected TCP or unix socket on one Loop, plain or under TLS. Everything is called and awaited on the
/// loop's thread. One reader and one writer may wait at the same time; the bytes handed to an operation stay
/// alive until it ends. Failures: Fault::closed (end of stream, reset, close()), Fault::timed_out (the
/// deadline; the stream stays usable, though a write may have sent a part), Fault::temporary (TLS errors).
/// Destroying the stream closes it. Idle cost: about 1 KB plain, 16 KB under TLS.
class Stream {
public:
    struct Core;

    /// Takes over a connected socket; it becomes non-blocking.
    static Outcome<Stream> adopt(Loop& loop, int socket);
    explicit Stream(std::shared_ptr<Core> core);
    Stream(Stream&&) noexcept;
    Stream& operator=(Stream&&) noexcept;
    ~Stream();

    /// 1 to `max` bytes; never 0.
    Task<Outcome<std::size_t>> read_some(char* into, std::size_t max, Deadline deadline);
    /// Without a wait: nothing when no byte is there yet.
    Outcome<std::optional<std::size_t>> try_read(char* into, std::size_t max);
    Task<Outcome<void>> write_all(std::string_view bytes, Deadline deadline);
    /// All pieces in order, in as few system calls and TLS records as possible, without joining large ones.
    Task<Outcome<void>> write_all(std::span<const std::string_view> pieces, Deadline deadline);

    /// Ends when a read would have something to do: bytes or end of stream. Under TLS that may be a record
    /// that carries no data, so a try_read() after it may still find nothing. Holds no buffer.
    Task<Outcome<void>> wait_readable(Deadline deadline);
    /// For IDLE: also ends when the signal is raised (from any thread). Level-triggered; the signal is not
    /// cleared: the caller calls take() and then looks what changed. Readable goes before signalled, so a
    /// busy mailbox can't keep a client's DONE waiting.
    Task<Woken> wait_readable_or(base::Signal& signal, Deadline deadline);

    /// Handshakes. After one that failed the stream is only good for closing. For STARTTLS: check
    /// Channel::has_buffered_input() before, and Channel::drop_input() after.
    Task<Outcome<TlsFacts>> start_tls_server(const TlsContext& context, Deadline deadline);
    Task<Outcome<TlsFacts>> start_tls_client(const TlsContext& context, TlsClientOptions options,
                                             Deadline deadline);
    bool is_tls() const { return tls() != nullptr; }
    const TlsFacts* tls() const; ///< nullptr before a finished handshake

    /// At any time; pending waits end with Fault::closed, resumed from the loop, not from inside this call.
    /// Says close_notify first if TLS is up and the socket takes it.
    void close();
    bool is_open() const;
    /// Half close: close_notify and FIN. Reading goes on.
    void shutdown_write();
    /// Pending and later reads end with Fault::closed, cause "shutting down"; writing goes on. For draining:
    /// the session wakes up and can say 421 or BYE.
    void stop_reading();
    /// The polite end: shutdown_write(), then reads and drops what still comes (at most 256 KiB) until the
    /// peer closes or the deadline, then close(). So a last reply is not lost to a reset.
    Task<void> finish(Deadline deadline);

    const Address& peer() const;
    const Address& local() const;
    std::uint64_t bytes_in() const;  ///< as the session sees them: without TLS's own
    std::uint64_t bytes_out() const; ///< the same
    int native_handle() const;       ///< -1 once closed
    Loop& loop() const;
    std::shared_ptr<Core> core() const { return m_core; } ///< for this room

private:
    std::shared_ptr<Core> m_core;
};

/// Two connected streams, for tests.
std::pair<Stream, Stream> stream_pair(Loop& first, Loop& second);

struct ConnectOptions {
    Deadline deadline;
    std::optional<Address> source = std::nullopt; ///< the local address to come from; its port is as given
};

/// Connects on `loop`; the awaiting coroutine continues on that loop's thread. Failures: timed_out at the
/// deadline, else temporary with the system's words as cause.
Task<Outcome<Stream>> connect(Loop& loop, Address address, ConnectOptions options);

} // namespace mansio::net
