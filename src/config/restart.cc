#include "config/restart.h"

#include "config/sections.h"

#include <fmt/format.h>

namespace mansio::config {

std::vector<std::string> changes_for_restart(const Settings& before, const Settings& after)
{
    std::vector<std::string> changed;
    if (before.listeners != after.listeners)
        changed.emplace_back("listener");
    if (before.tls.certificate.empty() != after.tls.certificate.empty())
        changed.emplace_back("tls.certificate"); // a session learns at its start whether there is TLS at all
    Settings old = before;                       // a section hands out a pointer to something changeable
    Settings fresh = after;
    for (const Section& section : sections()) {
        if (section.repeated)
            continue;
        const void* one = section.group(old);
        const void* other = section.group(fresh);
        for (const Row& row : section.rows)
            if (row.reload == Reload::restart && row.get(one) != row.get(other))
                changed.push_back(fmt::format("{}.{}", section.name, row.key));
    }
    return changed;
}

} // namespace mansio::config
