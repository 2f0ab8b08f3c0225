#include "app/serve.h"

#include "app/notify.h"
#include "app/server.h"

#include <csignal>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

namespace mansio::app {
namespace {

sigset_t watched_signals()
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&set, signal);
    return set;
}

/// Every connection is a descriptor: take all the system lets us have.
void raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)::setrlimit(RLIMIT_NOFILE, &limit); // the lower limit still works, with fewer connections
    }
}

/// Left alone, the allocator learns from one large message to keep its memory for the next.
void give_large_buffers_back()
{
    constexpr int large = 4 * 1024 * 1024; // smaller ones are common, and mapping each would cost time
    (void)::mallopt(M_MMAP_THRESHOLD, large);
}

void report_stray(std::string_view what, std::string_view message)
{
    base::log(base::Level::error, "app", "a task ended by an exception",
              {{"task", std::string(what)}, {"cause", std::string(message)}});
}

/// Until a signal ends it.
void run(Server& server, const sigset_t& signals)
{
    for (;;) {
        const auto interval = server.certificate_check_interval();
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval);
        const timespec patience{seconds.count(), (interval - seconds).count() * 1'000'000};
        const int signal = ::sigtimedwait(&signals, nullptr, &patience);
        if (signal == SIGTERM || signal == SIGINT)
            return;
        if (signal == SIGHUP)
            server.reload();
        else
            server.reload_certificates_if_changed();
    }
}

} // namespace

int serve(const std::string& config_file)
{
    auto loaded = config::load(config_file);
    if (!loaded) {
        fmt::print(stderr, "{}\n", loaded.error().cause);
        return 1;
    }
    const auto settings = std::make_shared<const config::Settings>(std::move(*loaded));
    const sigset_t signals = watched_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr); // before any thread is made: all inherit it
    raise_descriptor_limit();
    give_large_buffers_back();
    LogWriter log(settings->log);
    base::set_log_sink(&log);
    base::on_stray_exception(report_stray);
    int code = 0;
    {
        auto server = Server::start(settings, log);
        if (!server) {
            fmt::print(stderr, "mansio: {}\n", server.error().cause);
            code = 1;
        } else {
            fmt::print(stderr, "ready\n");
            notify_service_manager("READY=1");
            run(**server, signals);
            notify_service_manager("STOPPING=1");
            base::log(base::Level::info, "app", "stopping");
        }
    }
    log.flush();
    base::set_log_sink(nullptr);
    return code;
}

} // namespace mansio::app
