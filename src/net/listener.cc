#include "net/listener.h"

#include "base/log.h"
#include "net/socket_address.h"
#include "net/stream_core.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mansio::net {

using base::fail;
using base::Fault;

struct Listener::Core final : Watch {
    Core(Loop& loop, int socket, Address at)
        : Watch(loop, socket)
        , local(std::move(at))
    {
    }
    ~Core() override { remove_file(); }
    void close() override
    {
        if (is_open())
            remove_file();
        Watch::close();
    }
    void remove_file()
    {
        if (local.is_unix() && !std::exchange(file_removed, true))
            ::unlink(local.path().c_str());
    }

    Address local;
    bool file_removed = false;
    Handler handler;
};

namespace {

using CorePtr = std::shared_ptr<Listener::Core>;

/// Closes the socket unless it was handed on.
struct Socket {
    explicit Socket(int number)
        : descriptor(number)
    {
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket()
    {
        if (descriptor >= 0)
            ::close(descriptor);
    }
    int release() { return std::exchange(descriptor, -1); }
    int descriptor;
};

bool somebody_listens(SocketAddress address)
{
    Socket probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return ::connect(probe.descriptor, address.get(), address.length) == 0 || errno == EAGAIN;
}

void set(int socket, int level, int option, int value)
{
    ::setsockopt(socket, level, option, &value, sizeof(value));
}

std::unexpected<base::Failure> fail_listen(const Address& address, int error)
{
    return fail(Fault::temporary, fmt::format("listen on {}: {}", address.text(), error_text(error)));
}

bool is_any_v6(const Address& address)
{
    return address.kind() == Address::Kind::v6 && address.ip() == "::";
}

Outcome<int> bound_socket(const Address& address, const ListenOptions& options)
{
    SocketAddress at(address);
    if (at.length == 0 || address.kind() == Address::Kind::none)
        return fail(Fault::invalid, "not an address to listen on: " + address.text());
    Socket socket(::socket(at.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.descriptor < 0 && errno == EAFNOSUPPORT && is_any_v6(address))
        return bound_socket(Address::v4({}, address.port()), options); // a kernel without IPv6
    if (socket.descriptor < 0)
        return fail_listen(address, errno);
    if (address.is_ip()) {
        set(socket.descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
        set(socket.descriptor, SOL_SOCKET, SO_REUSEPORT, options.reuse_port ? 1 : 0);
        set_stream_options(socket.descriptor);
    }
    if (at.family() == AF_INET6)
        set(socket.descriptor, IPPROTO_IPV6, IPV6_V6ONLY, is_any_v6(address) ? 0 : 1);
    if (address.is_unix() && !somebody_listens(at))
        ::unlink(address.path().c_str());
    if (::bind(socket.descriptor, at.get(), at.length) != 0)
        return fail_listen(address, errno);
    // Before listen(): nobody can connect while the file has other rights.
    if (address.is_unix() && ::chmod(address.path().c_str(), options.unix_mode) != 0)
        return fail_listen(address, errno);
    if (::listen(socket.descriptor, options.backlog) != 0)
        return fail_listen(address, errno);
    return socket.release();
}

enum class Accepted { all, again_soon, later };

void hand_over(Listener::Core& core, int socket, Address peer)
{
    auto stream = adopt_ready(core.loop(), socket, std::move(peer));
    if (!stream)
        return base::log(base::Level::error, "net", "connection dropped", {{"cause", stream.error().cause}});
    try {
        core.handler(std::move(*stream));
    } catch (...) {
        base::report_stray_exception("accept handler", std::current_exception());
    }
}

/// Errors of accept() belong to the connection, not to the listener, but for the lack of room.
Accepted accept_some(Listener::Core& core)
{
    constexpr int at_once = 64; // then the sessions get their turn
    for (int i = 0; i < at_once && core.is_open(); ++i) {
        SocketAddress peer;
        const int socket =
            ::accept4(core.descriptor(), peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket >= 0) {
            hand_over(core, socket, peer.to_address());
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return Accepted::all;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            base::log(base::Level::error, "net", "no room for a connection",
                      {{"listener", core.local.text()}, {"error", error_text(errno)}});
            return Accepted::later;
        }
    }
    return Accepted::again_soon;
}

Task<void> accept_all(CorePtr core)
{
    constexpr auto pause = std::chrono::milliseconds(200);
    for (;;) {
        const WaitEnd end = co_await Wait(*core, Direction::read, never);
        if (end != WaitEnd::ready)
            break;
        const Accepted accepted = accept_some(*core);
        if (accepted == Accepted::later)
            co_await sleep_until(Deadline::after(pause));
    }
    core->handler = nullptr;
}

} // namespace

Outcome<std::unique_ptr<Listener>> Listener::open(Loop& loop, Address address, ListenOptions options)
{
    auto bound = bound_socket(address, options);
    if (!bound)
        return std::unexpected(std::move(bound.error()));
    Socket socket(*bound);
    if (address.is_ip()) {
        SocketAddress real;
        ::getsockname(socket.descriptor, real.get(), &real.length);
        address = real.to_address();
    }
    try {
        auto core = std::make_shared<Core>(loop, socket.descriptor, std::move(address));
        socket.release();
        return std::unique_ptr<Listener>(new Listener(std::move(core)));
    } catch (const std::exception& e) { // the reactor has no room for it
        return fail(Fault::temporary, std::string("register listener: ") + e.what());
    }
}

Listener::~Listener()
{
    stop();
}

void Listener::serve(Handler handler)
{
    m_core->loop().post([core = m_core, handler = std::move(handler)]() mutable {
        core->handler = std::move(handler);
        base::spawn(core->loop(), accept_all(core), "listener");
    });
}

void Listener::stop()
{
    m_core->close_from_anywhere();
}

const Address& Listener::local() const
{
    return m_core->local;
}

} // namespace mansio::net
