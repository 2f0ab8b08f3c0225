#pragma once
#include "base/task.h"
#include "base/time.h"
#include "config/account_settings.h"
#include "config/imap_settings.h"
#include "directory/directory.h"
#include "intake/budget.h"
#include "login/user_sessions.h"
#include "mailbox/accounts.h"
#include "net/connections.h"
#include "net/stream.h"
#include "net/tls.h"
#include "trace/recorder.h"

#include <functional>
#include <memory>
#include <string>

namespace mansio::net {
class Workers;
}

namespace mansio::imapd {

enum class ListenerKind : std::uint8_t {
    plain, ///< port 143: STARTTLS
    tls,   ///< port 993: the handshake comes first
};

/// What IMAP sessions need from the house. Made once; everything referred to outlives every session.
struct Imapd {
    directory::Directory& directory;
    mailbox::Accounts& accounts;
    trace::Recorder* recorder; ///< may be null
    const base::Clock& clock;
    intake::MemoryBudget& budget;
    net::Connections& connections;            ///< serve() asks it for a place and leaves when it drains
    const net::TlsCertificates* certificates; ///< null: no STARTTLS, and tls listeners close at once
    /// Asked once per session: open sessions keep what they began with.
    std::function<std::shared_ptr<const config::ImapSettings>()> settings;
    std::string hostname;
    bool lab = false; ///< passwords without TLS, no pause after a wrong one
    config::AccountSettings login_settings{};
    login::UserSessions users{};
    /// How soon an account that was disabled loses its open sessions.
    std::chrono::milliseconds account_check_every = std::chrono::seconds(60);
    std::function<std::chrono::milliseconds()> handshake_timeout = [] { return std::chrono::seconds(30); };
    net::Workers* workers = nullptr; ///< for large messages; null: all is done on the session's loop
    /// How often a long command tells that it goes on: rfc9585 wants it rare.
    std::chrono::milliseconds progress_every = std::chrono::seconds(10);
};

/// One connection, from greeting to end. Runs on the stream's loop.
base::Task<void> serve(Imapd& imapd, net::Stream stream, ListenerKind kind);

} // namespace mansio::imapd
