#pragma once
#include "net/stream.h"

#include <functional>
#include <memory>

namespace mansio::net {

struct ListenOptions {
    bool reuse_port =
        true;           ///< each Loop has its own listener on the same port; the kernel spreads connections
    int backlog = 1024; ///< bursts of connections while the loop is busy
    unsigned unix_mode = 0660; ///< of a unix socket's file
};

/// A listening socket on one Loop. Open it from any thread; serve() and stop() may be called from any thread
/// too. No error of accept() ends it: out of descriptors or memory it waits a moment, says so in the log
/// (topic "net") and goes on. A unix socket's file is replaced if nobody listens on it, and removed at the
/// end.
class Listener {
public:
    using Handler = std::move_only_function<void(Stream)>;

    static Outcome<std::unique_ptr<Listener>> open(Loop& loop, Address address, ListenOptions options = {});
    ~Listener(); ///< stop()

    /// The handler runs on the loop for each connection and should spawn() the session at once.
    void serve(Handler handler);
    /// Takes no more connections; those accepted live on. The handler is destroyed on the loop.
    void stop();
    /// With the real port when port 0 was asked for.
    const Address& local() const;

    struct Core;

private:
    explicit Listener(std::shared_ptr<Core> core)
        : m_core(std::move(core))
    {
    }
    std::shared_ptr<Core> m_core;
};

} // namespace mansio::net
