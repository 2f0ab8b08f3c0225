#include "imapd/commands.h"
#include "imapd/metadata.h"

#include <fmt/format.h>
#include <optional>

namespace mansio::imapd {
namespace {

/// rfc5464#3.2.1.1, rfc6154#4
bool is_read_only(std::string_view entry)
{
    return entry == "/shared/admin" || entry == special_use_entry;
}

std::optional<Reply> judge(const imap::SetMetadata::Change& change)
{
    if (is_read_only(change.entry))
        return reply::no("CANNOT", "the server sets this entry");
    if (change.entry.size() > mailbox::max_metadata_entry)
        return reply::no("LIMIT", "the entry's name is too long");
    if (change.value && change.value->size() > mailbox::max_metadata_value)
        return reply::no(fmt::format("METADATA MAXSIZE {}", mailbox::max_metadata_value),
                         "the value is too long");
    return std::nullopt;
}

} // namespace

/// rfc5464#4.3: all entries or none.
Task<Reply> set_metadata(Session& session, imap::SetMetadata command)
{
    std::vector<mailbox::MetadataChange> changes;
    for (auto& change : command.changes) {
        if (const auto refusal = judge(change))
            co_return *refusal;
        changes.push_back({std::move(change.entry), std::move(change.value)});
    }
    auto info = co_await find_annotated(session, std::move(command.mailbox));
    if (!info)
        co_return session.refuse(info.error(), "setmetadata");
    auto set = co_await session.account().set_metadata(info->id, std::move(changes));
    if (set)
        co_return reply::ok("metadata set");
    auto answer = session.refuse(set.error(), "setmetadata");
    if (set.error().fault == base::Fault::too_large)
        answer = reply::no("METADATA TOOMANY", "too many entries");
    co_return answer;
}

} // namespace mansio::imapd
