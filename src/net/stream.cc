#include "net/stream.h"

#include "net/socket_address.h"
#include "net/stream_core.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace mansio::net {

using base::fail;
using base::Fault;
using CorePtr = std::shared_ptr<Stream::Core>;

namespace {

std::unexpected<base::Failure> fail_wait(const Stream::Core& core, WaitEnd end)
{
    if (end == WaitEnd::timed_out)
        return fail(Fault::timed_out, "deadline passed");
    return fail(Fault::closed, core.is_open() && core.reading_stopped() ? "shutting down" : "closed here");
}

Task<Outcome<std::size_t>> read_some_of(CorePtr core, char* into, std::size_t max, Deadline deadline)
{
    for (;;) {
        Step step = core->read_step(into, max);
        if (step.failure)
            co_return std::unexpected(std::move(*step.failure));
        if (step.done > 0)
            co_return step.done;
        auto waited = co_await wait_for(core, step.need, deadline);
        if (!waited)
            co_return std::unexpected(std::move(waited.error()));
    }
}

Task<Outcome<void>> write_all_to(CorePtr core, std::string_view bytes, Deadline deadline)
{
    while (!bytes.empty()) {
        Step step = core->write_step(bytes);
        if (step.failure)
            co_return std::unexpected(std::move(*step.failure));
        bytes.remove_prefix(step.done);
        if (step.need == Step::Need::nothing)
            continue;
        auto waited = co_await wait_for(core, step.need, deadline);
        if (!waited)
            co_return std::unexpected(std::move(waited.error()));
    }
    co_return Outcome<void>{};
}

constexpr std::size_t most_pieces = 64; ///< of one system call

/// What is left of the pieces after `offset` bytes of the first.
std::size_t gather(std::span<const std::string_view> pieces, std::size_t offset, std::span<iovec> into)
{
    std::size_t count = 0;
    for (std::string_view piece : pieces) {
        if (count == into.size())
            break;
        piece.remove_prefix(std::exchange(offset, 0));
        if (!piece.empty())
            into[count++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    return count;
}

Step send_step(Stream::Core& core, std::span<iovec> pieces)
{
    if (!core.is_open())
        return Step::failed(Fault::closed, "closed here");
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    ssize_t sent;
    do
        sent = ::sendmsg(core.descriptor(), &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    Step step;
    if (sent >= 0) {
        step.done = static_cast<std::size_t>(sent);
        core.bytes_out += step.done;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        step.need = Step::Need::write;
    } else {
        return Step::failed(Fault::closed, "send: " + error_text(errno));
    }
    return step;
}

Task<Outcome<void>> send_pieces(CorePtr core, std::span<const std::string_view> pieces, Deadline deadline)
{
    std::size_t offset = 0;
    std::array<iovec, most_pieces> vector;
    for (;;) {
        const std::size_t count = gather(pieces, offset, vector);
        if (count == 0)
            co_return Outcome<void>{};
        Step step = send_step(*core, std::span(vector).first(count));
        if (step.failure)
            co_return std::unexpected(std::move(*step.failure));
        offset += step.done;
        while (!pieces.empty() && offset >= pieces.front().size()) {
            offset -= pieces.front().size();
            pieces = pieces.subspan(1);
        }
        if (step.need == Step::Need::nothing)
            continue;
        auto waited = co_await wait_for(core, step.need, deadline);
        if (!waited)
            co_return std::unexpected(std::move(waited.error()));
    }
}

/// Small pieces share a record, large ones go as they are.
Task<Outcome<void>> send_records(CorePtr core, std::span<const std::string_view> pieces, Deadline deadline)
{
    constexpr std::size_t record = 16 * 1024; // rfc8446#5.1
    std::string joined;
    for (std::string_view piece : pieces) {
        const std::size_t fits = std::min(piece.size(), record - joined.size());
        if (!joined.empty() || piece.size() < record) {
            joined.append(piece.substr(0, fits));
            piece.remove_prefix(fits);
        }
        if (joined.size() == record) {
            auto sent = co_await write_all_to(core, joined, deadline);
            if (!sent)
                co_return sent;
            joined.clear();
        }
        const std::size_t whole = piece.size() - piece.size() % record;
        auto sent = co_await write_all_to(core, piece.substr(0, whole), deadline);
        if (!sent)
            co_return sent;
        joined.append(piece.substr(whole));
    }
    auto sent = co_await write_all_to(core, joined, deadline);
    co_return sent;
}

Task<Outcome<void>> wait_readable_of(CorePtr core, Deadline deadline)
{
    if (!core->starved && core->tls_holds_input())
        co_return Outcome<void>{};
    auto waited = co_await wait_for(core, Step::Need::read, deadline);
    co_return waited;
}

/// Without a wait: is there something to read?
bool readable_now(Stream::Core& core)
{
    if (!core.starved && core.tls_holds_input())
        return true;
    char byte;
    const ssize_t seen = ::recv(core.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return seen >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

Task<Woken> wait_readable_or_of(CorePtr core, base::Signal& signal, Deadline deadline)
{
    if (!core->is_open() || core->reading_stopped())
        co_return Woken::closed;
    if (!core->starved && core->tls_holds_input())
        co_return Woken::readable;
    if (signal.raised())
        co_return readable_now(*core) ? Woken::readable : Woken::signalled;
    const WaitEnd end = co_await Wait(*core, Direction::read, deadline, &signal);
    switch (end) {
    case WaitEnd::ready: core->starved = false; co_return Woken::readable;
    case WaitEnd::signalled: co_return Woken::signalled;
    case WaitEnd::timed_out: co_return Woken::deadline;
    case WaitEnd::closed: break;
    }
    co_return Woken::closed;
}

Task<void> finish_of(CorePtr core, Deadline deadline)
{
    constexpr std::size_t most = 256 * 1024; // a peer that talks on for ever is cut
    core->shutdown_write();
    core->keep_reading();
    std::size_t dropped = 0;
    auto scratch = std::make_unique<std::array<char, 4096>>();
    while (dropped < most && core->is_open()) {
        auto read = co_await read_some_of(core, scratch->data(), scratch->size(), deadline);
        if (!read)
            break;
        dropped += *read;
    }
    core->close();
}

Address name_of(int socket, int (*ask)(int, sockaddr*, socklen_t*))
{
    SocketAddress name;
    if (ask(socket, name.get(), &name.length) != 0)
        return {};
    return name.to_address();
}

} // namespace

Task<Outcome<void>> wait_for(CorePtr core, Step::Need need, Deadline deadline)
{
    const Direction direction = need == Step::Need::write ? Direction::write : Direction::read;
    const WaitEnd end = co_await Wait(*core, direction, deadline);
    if (end != WaitEnd::ready)
        co_return fail_wait(*core, end);
    if (direction == Direction::read)
        core->starved = false;
    co_return Outcome<void>{};
}

Stream::Core::~Core()
{
    tls_free();
}

void Stream::Core::close()
{
    if (!is_open())
        return;
    tls_say_goodbye();
    tls_free();
    Watch::close();
}

Step Stream::Core::read_step(char* into, std::size_t max)
{
    if (!is_open() || reading_stopped())
        return Step::failed(Fault::closed, is_open() ? "shutting down" : "closed here");
    if (ssl)
        return tls_read(into, max);
    ssize_t got;
    do
        got = ::recv(descriptor(), into, max, 0);
    while (got < 0 && errno == EINTR);
    Step step;
    if (got > 0) {
        step.done = static_cast<std::size_t>(got);
        bytes_in += step.done;
    } else if (got == 0) {
        return Step::failed(Fault::closed, "end of stream");
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        starved = true;
        step.need = Step::Need::read;
    } else {
        return Step::failed(Fault::closed, "recv: " + error_text(errno));
    }
    return step;
}

Step Stream::Core::write_step(std::string_view bytes)
{
    if (!is_open())
        return Step::failed(Fault::closed, "closed here");
    if (ssl)
        return tls_write(bytes);
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    return send_step(*this, std::span(&piece, 1));
}

void Stream::Core::shutdown_write()
{
    if (!is_open() || std::exchange(write_ended, true))
        return;
    tls_say_goodbye();
    ::shutdown(descriptor(), SHUT_WR);
}

void set_stream_options(int socket)
{
    const int on = 1, idle_seconds = 300;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof(idle_seconds));
}

Outcome<Stream> adopt_ready(Loop& loop, int socket, Address peer)
{
    try {
        return Stream(std::make_shared<Stream::Core>(loop, socket, std::move(peer)));
    } catch (const std::exception& e) { // the reactor has no room for it
        ::close(socket);
        return fail(Fault::temporary, std::string("register socket: ") + e.what());
    }
}

Outcome<Stream> Stream::adopt(Loop& loop, int socket)
{
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
    Address peer = name_of(socket, ::getpeername);
    if (peer.is_ip())
        set_stream_options(socket);
    return adopt_ready(loop, socket, std::move(peer));
}

Stream::Stream(std::shared_ptr<Core> core)
    : m_core(std::move(core))
{
}
Stream::Stream(Stream&&) noexcept = default;

Stream& Stream::operator=(Stream&& other) noexcept
{
    std::swap(m_core, other.m_core);
    return *this;
}

Stream::~Stream()
{
    if (m_core)
        m_core->close_from_anywhere();
}

Task<Outcome<std::size_t>> Stream::read_some(char* into, std::size_t max, Deadline deadline)
{
    assert(max > 0);
    return read_some_of(m_core, into, max, deadline);
}

Outcome<std::optional<std::size_t>> Stream::try_read(char* into, std::size_t max)
{
    Step step = m_core->read_step(into, max);
    if (step.failure)
        return std::unexpected(std::move(*step.failure));
    return step.done > 0 ? std::optional(step.done) : std::nullopt;
}

Task<Outcome<void>> Stream::write_all(std::string_view bytes, Deadline deadline)
{
    return write_all_to(m_core, bytes, deadline);
}

Task<Outcome<void>> Stream::write_all(std::span<const std::string_view> pieces, Deadline deadline)
{
    return m_core->ssl ? send_records(m_core, pieces, deadline) : send_pieces(m_core, pieces, deadline);
}

Task<Outcome<void>> Stream::wait_readable(Deadline deadline)
{
    return wait_readable_of(m_core, deadline);
}

Task<Woken> Stream::wait_readable_or(base::Signal& signal, Deadline deadline)
{
    return wait_readable_or_of(m_core, signal, deadline);
}

const TlsFacts* Stream::tls() const
{
    return m_core->facts.get();
}

void Stream::close()
{
    m_core->close();
}

bool Stream::is_open() const
{
    return m_core->is_open();
}

void Stream::shutdown_write()
{
    m_core->shutdown_write();
}

void Stream::stop_reading()
{
    m_core->stop_reading();
}

Task<void> Stream::finish(Deadline deadline)
{
    return finish_of(m_core, deadline);
}

const Address& Stream::peer() const
{
    return m_core->peer;
}

const Address& Stream::local() const
{
    if (!m_core->local)
        m_core->local = m_core->is_open() ? name_of(m_core->descriptor(), ::getsockname) : Address();
    return *m_core->local;
}

std::uint64_t Stream::bytes_in() const
{
    return m_core->bytes_in;
}

std::uint64_t Stream::bytes_out() const
{
    return m_core->bytes_out;
}

int Stream::native_handle() const
{
    return m_core->descriptor();
}

Loop& Stream::loop() const
{
    return m_core->loop();
}

std::pair<Stream, Stream> stream_pair(Loop& first, Loop& second)
{
    int sockets[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
        std::abort();
    auto a = Stream::adopt(first, sockets[0]);
    auto b = Stream::adopt(second, sockets[1]);
    return {std::move(a.value()), std::move(b.value())};
}

} // namespace mansio::net
