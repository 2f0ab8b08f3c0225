#include "app/chores.h"

#include "base/log.h"

#include <algorithm>
#include <utility>

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
    constexpr std::chrono::seconds look_around{10};
    const auto between_collections = settings->store.collect_interval;
    Deadline next_purge = Deadline::after(between_purges);
    Deadline next_collection = Deadline::after(between_collections);
    std::uint64_t refused = house.engine().statistics().failed;
    for (;;) {
        auto woken = co_await net::wait_signal(
            stop, Deadline::after(std::min<std::chrono::milliseconds>(look_around, between_collections)));
        if (woken == net::Woken::signalled)
            co_return;
        // Commits that fail may mean a full disk: what was deleted should count at once.
        const std::uint64_t refused_before = std::exchange(refused, house.engine().statistics().failed);
        if (refused != refused_before || next_collection.passed()) {
            co_await collect(house);
            next_collection = Deadline::after(between_collections);
        }
        if (!next_purge.passed())
            continue;
        co_await purge(house);
        next_purge = Deadline::after(between_purges);
    }
}

} // namespace mansio::app
