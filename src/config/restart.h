#pragma once
#include <string>
#include <vector>

namespace mansio::config {

struct Settings;

/// The settings that differ and that only a restart brings into force: "server.hostname", "listener". For the
/// log of a reload, so that nobody waits for a change that can't come.
std::vector<std::string> changes_for_restart(const Settings& before, const Settings& after);

} // namespace mansio::config
