#include "app/listeners.h"

#include "base/log.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mansio::app {
namespace {

base::Outcome<net::Address> address_of(const config::ListenerSettings& settings)
{
    if (settings.is_unix())
        return net::Address::unix_socket(settings.path);
    auto address = net::Address::parse_ip(settings.address, settings.effective_port());
    if (!address)
        return base::fail(base::Fault::invalid, "not an address: " + settings.address);
    return *address;
}

/// Our listeners share their port among themselves (SO_REUSEPORT), so the system would let two servers of one
/// user share it too, and hand each of them half of the connections. This asks for the port without sharing.
base::Outcome<void> check_free(const net::Address& address)
{
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (address.kind() == net::Address::Kind::v4) {
        auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
        v4.sin_family = AF_INET;
        v4.sin_port = htons(address.port());
        std::memcpy(&v4.sin_addr, address.bytes().data(), address.bytes().size());
        size = sizeof v4;
    } else if (address.kind() == net::Address::Kind::v6) {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(address.port());
        std::memcpy(&v6.sin6_addr, address.bytes().data(), address.bytes().size());
        size = sizeof v6;
    } else {
        return {};
    }
    const int probe = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return {}; // the listener itself will meet the same trouble and name it
    const int on = 1;
    (void)::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); // connections of before don't count
    const int bound = ::bind(probe, reinterpret_cast<const sockaddr*>(&storage), size);
    const bool taken = bound != 0 && errno == EADDRINUSE;
    ::close(probe);
    if (taken)
        return base::fail(base::Fault::exists, "another program listens there");
    return {};
}

/// All of them before the first is opened: ours may overlap each other.
base::Outcome<void> check_all_free(const std::vector<config::ListenerSettings>& settings)
{
    for (const config::ListenerSettings& one : settings) {
        auto address = address_of(one);
        if (!address)
            return std::unexpected(address.error());
        if (auto free = check_free(*address); !free)
            return base::fail(free.error(),
                              fmt::format("listening for {} on {}", name(one.protocol), address->text()));
    }
    return {};
}

} // namespace

base::Outcome<void> Listeners::open(net::Loops& loops, const std::vector<config::ListenerSettings>& settings,
                                    const SessionFor& session_for)
{
    if (auto free = check_all_free(settings); !free)
        return free;
    for (const config::ListenerSettings& one : settings) {
        auto address = address_of(one);
        if (!address)
            return std::unexpected(address.error());
        const unsigned copies = one.is_unix() ? 1 : loops.size();
        for (unsigned i = 0; i < copies; ++i) {
            net::ListenOptions options;
            if (one.protocol == config::ListenerProtocol::admin)
                options.unix_mode = 0600;
            auto listener = net::Listener::open(loops.at(i), *address, options);
            if (!listener)
                return base::fail(listener.error(),
                                  fmt::format("listening for {} on {}", name(one.protocol), address->text()));
            (*listener)->serve([loop = &loops.at(i), make = session_for(one)](net::Stream stream) {
                base::spawn(*loop, make(std::move(stream)), "session");
            });
            m_listeners.push_back(std::move(*listener));
        }
        base::log(base::Level::info, "app", "listening",
                  {{"protocol", std::string(name(one.protocol))}, {"address", address->text()}});
    }
    return {};
}

void Listeners::stop()
{
    for (const auto& listener : m_listeners)
        listener->stop();
}

} // namespace mansio::app
