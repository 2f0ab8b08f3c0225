#pragma once
#include "config/settings.h"

#include <memory>
#include <string>

namespace mansio::app {

struct ImportIniOptions {
    std::shared_ptr<const config::Settings> settings;
    std::string file;
    std::string domain; ///< of users whose name is no address; "": the server's first domain
    bool dry_run = false;
};

/// `mansio import ini`: takes ports, DNS server and users of a Clever Mail Server settings.ini over, and says
/// for every line of it what became of it. Returns the exit code: 1 when something could not be taken.
int import_ini(const ImportIniOptions& options);

} // namespace mansio::app
