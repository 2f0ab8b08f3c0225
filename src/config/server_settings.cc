#include "config/server_settings.h"

#include "config/setting.h"

namespace mansio::config {
namespace {

using namespace std::chrono_literals;
using S = ServerSettings;

constexpr Row rows[] = {
    text<&S::hostname>(
        "hostname", Reload::restart,
        "The server's own name, in the greeting, in Received and in Message-IDs. It should resolve "
        "to the address mail leaves from."),
    path<&S::data_directory>(
        "data-directory", Reload::restart,
        "Holds the store and the sockets. One directory is the whole server: back it up, move "
        "it."),
    number<&S::loops>("loops", {0, 256}, Reload::restart, "Event loops. 0: one per core, which is right."),
    number<&S::workers>("workers", {0, 256}, Reload::restart,
                        "Threads for password hashes, which take about 50 ms each. 0: one per core."),
    duration<&S::drain_time>(
        "drain-time", {0s, 10min}, Reload::live,
        "How long a stopping server lets sessions finish what they are doing. systemd kills "
        "after 90 seconds."),
    size<&S::memory_budget>(
        "memory-budget", {16ULL << 20, 1ULL << 40}, Reload::restart,
        "Bytes of messages in flight over all sessions. Over it peers hear 452 and try again; "
        "the process does not grow."),
    flag<&S::lab>(
        "lab", Reload::restart,
        "For tests and benchmarks on loopback: no per-address limits, no delays, no look-ups of peers, "
        "plain-text logins allowed. Never on a server that others can reach."),
};

} // namespace

std::span<const Row> server_rows()
{
    return rows;
}

} // namespace mansio::config
