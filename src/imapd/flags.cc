#include "imapd/flags.h"

#include "base/text.h"

#include <algorithm>

namespace mansio::imapd {

mailbox::FlagNames flag_names(const std::vector<std::string>& flags)
{
    mailbox::FlagNames names;
    for (const std::string& flag : flags) {
        if (flag.starts_with('\\')) {
            names.system |= mailbox::system_flag_bit(flag);
            continue;
        }
        const auto same = [&](const std::string& other) { return base::equal_icase(other, flag); };
        if (names.keywords.size() <= mailbox::max_keywords && std::ranges::none_of(names.keywords, same))
            names.keywords.push_back(flag);
    }
    return names;
}

} // namespace mansio::imapd
