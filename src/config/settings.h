#pragma once
#include "base/outcome.h"
#include "config/account_settings.h"
#include "config/dns_settings.h"
#include "config/imap_settings.h"
#include "config/listener_settings.h"
#include "config/log_settings.h"
#include "config/pop3_settings.h"
#include "config/relay_settings.h"
#include "config/server_settings.h"
#include "config/smtp_settings.h"
#include "config/store_settings.h"
#include "config/tls_settings.h"

#include <string>
#include <string_view>
#include <vector>

namespace mansio::config {

/// Everything the file says, with defaults where it says nothing. Paths are absolute after load().
struct Settings {
    std::string file; ///< the file it came from
    ServerSettings server;
    std::vector<ListenerSettings> listeners;
    TlsSettings tls;
    SmtpSettings smtp;
    ImapSettings imap;
    Pop3Settings pop3;
    RelaySettings relay;
    StoreSettings store;
    DnsSettings dns;
    AccountSettings accounts;
    LogSettings log;

    /// store.path, or "store" in the data directory.
    std::string store_path() const;
    /// The unix socket the command line talks to: the first admin listener's, or "admin.sock" in the data
    /// directory.
    std::string admin_socket() const;
};

/// Reads and checks a TOML file. The failure's cause holds every problem found, one per line, as
/// "file:line: what is wrong"; an unknown key is a problem and names the nearest known one.
base::Outcome<Settings> load(const std::string& path);
/// The same for text in memory; `file` is used in messages and for relative paths.
base::Outcome<Settings> parse(std::string_view text, const std::string& file);

/// What a lab switch turns off: per-address limits, delays, DNS look-ups, and the ban on plain-text logins.
/// load() calls it when server.lab is on.
void apply_lab(Settings& settings);

} // namespace mansio::config
