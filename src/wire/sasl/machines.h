#pragma once
#include "wire/sasl/server.h"

#include <memory>

namespace mansio::wire::sasl {

// One function per file of the same name; only make_server() calls them.

enum class WithBinding { no, yes };

std::unique_ptr<Server> make_plain();
std::unique_ptr<Server> make_login();
std::unique_ptr<Server> make_cram_md5(ServerSetup setup);
std::unique_ptr<Server> make_scram(ServerSetup setup, WithBinding binding);

} // namespace mansio::wire::sasl
