#include "base/text.h"
#include "wire/imap/parse_parts.h"

namespace mansio::wire::imap {

/// SP quota-root-name: rfc9208#7
bool parse_get_quota(Cursor& in, GetQuota& out)
{
    return in.space() && in.astring(out.root);
}

/// SP quota-root-name SP "(" [resource-name SP resource-limit …] ")"
bool parse_set_quota(Cursor& in, SetQuota& out)
{
    if (!in.space() || !in.astring(out.root) || !in.space())
        return false;
    return parenthesised(in, [&](Cursor& list) {
        auto& [resource, limit] = out.limits.emplace_back();
        if (!list.atom(resource))
            return false;
        resource = base::to_upper(resource);
        return list.space() && list.number(limit, INT64_MAX);
    });
}

} // namespace mansio::wire::imap
