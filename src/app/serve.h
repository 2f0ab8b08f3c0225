#pragma once
#include <string>

namespace mansio::app {

/// `mansio serve`: runs until SIGTERM or SIGINT; SIGHUP reloads. Returns the exit code.
int serve(const std::string& config_file);

} // namespace mansio::app
