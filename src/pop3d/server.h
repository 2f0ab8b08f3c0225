#pragma once
#include "base/task.h"
#include "base/time.h"
#include "config/settings.h"
#include "directory/directory.h"
#include "login/user_sessions.h"
#include "mailbox/accounts.h"
#include "net/connections.h"
#include "net/stream.h"
#include "net/tls.h"
#include "trace/recorder.h"

#include <functional>
#include <memory>

namespace mansio::pop3d {

enum class ListenerKind : std::uint8_t {
    plain, ///< port 110: STLS is offered where there is a certificate
    tls,   ///< port 995: the handshake comes first
};

/// What sessions need; must outlive them. One for the process: usable from all loops at once.
struct Dependencies {
    directory::Directory& directory;
    mailbox::Accounts& accounts;
    const base::Clock& clock;
    /// The settings in force, asked once per session: an open session keeps what it began with.
    std::function<std::shared_ptr<const config::Settings>()> settings;
    net::TlsCertificates* certificates = nullptr;  ///< nullptr: no TLS
    const net::Connections* connections = nullptr; ///< tells when the server is shutting down
    trace::Recorder* recorder = nullptr;
    login::UserSessions users = {};
};

/// One connection from greeting to close. Runs on the stream's loop; throws nothing.
base::Task<void> serve(Dependencies& server, net::Stream stream, ListenerKind kind);

/// For a connection over the limits: one line, where it can be understood, then the end at once.
base::Task<void> refuse_connection(net::Stream stream, ListenerKind kind);

} // namespace mansio::pop3d
