#pragma once
#include "app/house.h"
#include "app/log_sink.h"

#include <chrono>
#include <memory>

namespace mansio::app {

/// The running server: listeners for every protocol, the relay, the control socket, the regular chores. Made,
/// started and stopped on the main thread.
class Server {
public:
    /// Opens everything and listens. Whatever fails is said in the failure; nothing is left behind.
    static base::Outcome<std::unique_ptr<Server>> start(std::shared_ptr<const config::Settings> settings,
                                                        LogWriter& log);
    /// Stops taking connections, lets sessions finish what they do (server.drain-time at most), ends.
    ~Server();

    /// Reads the configuration file and the certificates again. Open sessions keep what they began with;
    /// settings that need a restart are left as they are, and the log names those that changed.
    void reload();
    /// The certificates alone, if a file changed.
    void reload_certificates_if_changed();
    /// How often to look: tls.check-interval of the settings in force.
    std::chrono::milliseconds certificate_check_interval() const;

private:
    struct Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> m_parts;
};

} // namespace mansio::app
