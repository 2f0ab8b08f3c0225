#pragma once
#include "app/house.h"
#include "base/sync.h"

namespace mansio::app {

/// What has to be done now and then: reclaim blobs nobody refers to, forget old traces. Ends when `stop` is
/// raised.
base::Task<void> do_chores(House& house, std::shared_ptr<const config::Settings> settings,
                           base::Signal& stop);

} // namespace mansio::app
