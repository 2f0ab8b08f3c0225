#include "app/listeners.h"

#include "base/log.h"

#include <fmt/format.h>

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

} // namespace

base::Outcome<void> Listeners::open(net::Loops& loops, const std::vector<config::ListenerSettings>& settings,
                                    const SessionFor& session_for)
{
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
