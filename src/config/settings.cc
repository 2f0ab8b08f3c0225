#include "config/settings.h"

namespace mansio::config {

std::string Settings::store_path() const
{
    return store.path.empty() ? server.data_directory + "/store" : store.path;
}

std::string Settings::admin_socket() const
{
    for (const ListenerSettings& listener : listeners)
        if (listener.protocol == ListenerProtocol::admin && listener.is_unix())
            return listener.path;
    return server.data_directory + "/admin.sock";
}

void apply_lab(Settings& settings)
{
    using namespace std::chrono_literals;
    settings.smtp.max_connections_per_address = 0;
    settings.imap.max_connections_per_address = 0;
    settings.imap.max_connections_per_user = 0;
    settings.pop3.max_connections_per_address = 0;
    settings.pop3.max_connections_per_user = 0;
    settings.smtp.error_delay = 0ms;
    settings.smtp.login_failure_delay = 0ms;
    settings.imap.login_failure_delay = 0ms;
    settings.pop3.login_failure_delay = 0ms;
    settings.smtp.reverse_lookup = false;
    settings.smtp.plaintext_login = true;
    settings.imap.plaintext_login = true;
    settings.pop3.plaintext_login = true;
    settings.smtp.max_messages = 1'000'000;
    settings.relay.private_addresses = true;
}

} // namespace mansio::config
