#pragma once
#include "base/outcome.h"
#include "config/initial.h"

#include <string>

namespace mansio::app {

struct InitOptions {
    std::string folder;
    std::string domain;
    config::InitialOptions config;
};

/// What was made, to be shown once.
struct InitResult {
    std::string config_file;
    std::string admin_address;
    std::string admin_password;
};

/// Makes a fresh server: folder, mansio.toml, a self-signed certificate, an empty store with the domain, an
/// admin account, and postmaster@ and abuse@ leading to it (rfc2142). Fault::exists when the folder holds a
/// server already: nothing is ever overwritten.
base::Outcome<InitResult> init(const InitOptions& options);

} // namespace mansio::app
