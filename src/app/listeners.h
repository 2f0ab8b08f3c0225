#pragma once
#include "base/outcome.h"
#include "config/settings.h"
#include "net/connections.h"
#include "net/listener.h"
#include "net/loop.h"

#include <functional>
#include <memory>
#include <vector>

namespace mansio::app {

/// A session's coroutine for one accepted connection.
using SessionMaker = std::function<base::Task<void>(net::Stream stream)>;
/// The session for a connection that `settings` describes.
using SessionFor = std::function<SessionMaker(const config::ListenerSettings& settings)>;

/// All listening sockets of the server.
class Listeners {
public:
    /// TCP ports once per loop (the kernel spreads connections), unix sockets on the first loop.
    base::Outcome<void> open(net::Loops& loops, const std::vector<config::ListenerSettings>& settings,
                             const SessionFor& session_for);
    void stop();

private:
    std::vector<std::unique_ptr<net::Listener>> m_listeners;
};

} // namespace mansio::app
