#pragma once
#include "config/settings.h"

#include <string>

namespace mansio::config {

enum class DescribeAs { text, markdown };

/// Every setting: key, default, range, when a change counts, reason. The markdown is doc/settings.md.
std::string describe(DescribeAs form);

/// A whole configuration file that says what `settings` say, defaults included; secrets as "***".
std::string dump(const Settings& settings);

} // namespace mansio::config
