#include "net/socket_address.h"
#include "net/stream_core.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mansio::net {

using base::fail;
using base::Fault;

namespace {

std::unexpected<base::Failure> fail_connect(const Address& address, std::string_view why)
{
    return fail(Fault::temporary, fmt::format("connect to {}: {}", address.text(), why));
}

/// A non-blocking socket with its connect() under way or done; the Stream owns it from the start.
Outcome<Stream> begin(Loop& loop, const Address& address, const std::optional<Address>& source)
{
    SocketAddress target(address);
    if (address.kind() == Address::Kind::none || target.length == 0)
        return fail_connect(address, "no address");
    const int socket = ::socket(target.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0)
        return fail_connect(address, error_text(errno));
    if (source) {
        SocketAddress from(*source);
        if (::bind(socket, from.get(), from.length) != 0) {
            const int error = errno;
            ::close(socket);
            return fail_connect(address, fmt::format("from {}: {}", source->text(), error_text(error)));
        }
    }
    const int result = ::connect(socket, target.get(), target.length);
    if (result != 0 && errno != EINPROGRESS) {
        const int error = errno;
        ::close(socket);
        return fail_connect(address, error_text(error));
    }
    if (address.is_ip())
        set_stream_options(socket);
    return adopt_ready(loop, socket, address);
}

int pending_error(int socket)
{
    int error = 0;
    socklen_t size = sizeof(error);
    return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

} // namespace

Task<Outcome<Stream>> connect(Loop& loop, Address address, ConnectOptions options)
{
    co_await base::resume_on(loop);
    auto stream = begin(loop, address, options.source);
    if (!stream)
        co_return stream;
    auto waited = co_await wait_for(stream->core(), Step::Need::write, options.deadline);
    if (!waited)
        co_return fail(std::move(waited.error()), "connect to " + address.text());
    if (const int error = pending_error(stream->native_handle()))
        co_return fail_connect(address, error_text(error));
    co_return stream;
}

} // namespace mansio::net
