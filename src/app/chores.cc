#include "app/chores.h"

#include "base/log.h"

namespace mansio::app {
namespace {

using base::Deadline;
using base::Level;

base::Task<void> collect(House& house)
{
    constexpr std::size_t at_once = 1000; // then others' commits get their turn
    for (;;) {
        auto collected = co_await house.engine().collect_blobs(at_once);
        if (!collected) {
            base::log(Level::warning, "store", "reclaiming blobs failed",
                      {{"cause", collected.error().cause}});
            co_return;
        }
        if (*collected < at_once)
            co_return;
    }
}

base::Task<void> purge(House& house)
{
    auto purged = co_await house.recorder().purge();
    if (!purged)
        base::log(Level::warning, "store", "forgetting old traces failed", {{"cause", purged.error().cause}});
}

} // namespace

base::Task<void> do_chores(House& house, std::shared_ptr<const config::Settings> settings, base::Signal& stop)
{
    constexpr std::chrono::hours between_purges{1};
    Deadline next_purge = Deadline::after(between_purges);
    for (;;) {
        auto woken = co_await net::wait_signal(stop, Deadline::after(settings->store.collect_interval));
        if (woken == net::Woken::signalled)
            co_return;
        co_await collect(house);
        if (!next_purge.passed())
            continue;
        co_await purge(house);
        next_purge = Deadline::after(between_purges);
    }
}

} // namespace mansio::app
