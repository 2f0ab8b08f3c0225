#pragma once
#include "base/task.h"
#include "base/time.h"
#include "config/settings.h"
#include "directory/directory.h"
#include "intake/budget.h"
#include "intake/intake.h"
#include "net/connections.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "net/tls.h"
#include "trace/recorder.h"

#include <functional>
#include <memory>

namespace mansio::smtpd {

enum class ListenerKind : std::uint8_t {
    mx,          ///< port 25: from the world, for local recipients; no logins
    submission,  ///< port 587: after STARTTLS and AUTH (rfc6409)
    submissions, ///< port 465: the TLS handshake comes first (rfc8314#3.3)
    lmtp,        ///< a unix socket as a rule: local recipients, one reply each (rfc2033)
};

/// What sessions need; must outlive them. One for the process: usable from all loops at once.
struct Dependencies {
    intake::Intake& intake;
    directory::Directory& directory;
    intake::MemoryBudget& memory; ///< for message bytes
    const base::Clock& clock;
    /// The settings in force, asked once per session: an open session keeps what it began with.
    std::function<std::shared_ptr<const config::Settings>()> settings;
    net::TlsCertificates* certificates = nullptr;  ///< nullptr: no TLS
    const net::Connections* connections = nullptr; ///< tells when the server is shutting down
    trace::Recorder* recorder = nullptr;
    net::Resolver* resolver = nullptr; ///< for the peer's name in Received; nullptr: none
};

/// One connection from greeting to close. Runs on the stream's loop; throws nothing.
base::Task<void> serve(Dependencies& server, net::Stream stream, ListenerKind kind);

/// For a connection over the limits: one line, where it can be understood, then the end at once.
base::Task<void> refuse_connection(net::Stream stream, ListenerKind kind);

} // namespace mansio::smtpd
