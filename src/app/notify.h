#pragma once
#include <string_view>

namespace mansio::app {

/// Tells the service manager ("READY=1", "STOPPING=1"), if there is one: sd_notify(3)'s datagram.
void notify_service_manager(std::string_view state);

} // namespace mansio::app
