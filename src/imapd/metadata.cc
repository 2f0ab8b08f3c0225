#include "imapd/metadata.h"

#include "imapd/find_mailbox.h"

#include <algorithm>
#include <map>

namespace mansio::imapd {
namespace {

using mailbox::Metadata;
using Depth = imap::MetadataItems::Depth;

/// Entries to be told of, by name; null is NIL. They point into what they were chosen from.
using Chosen = std::map<std::string_view, const std::string*>;

/// rfc5464#4.2.2
void choose_below(Chosen& chosen, const Metadata& all, const std::string& entry, Depth depth)
{
    const std::string parent = entry + '/';
    for (auto at = all.lower_bound(parent); at != all.end() && at->first.starts_with(parent); ++at)
        if (depth == Depth::infinity || !std::string_view(at->first).substr(parent.size()).contains('/'))
            chosen[at->first] = &at->second;
}

Chosen choose(const Metadata& all, const imap::MetadataItems& items)
{
    Chosen chosen;
    for (const std::string& entry : items.entries) {
        Chosen found;
        if (const auto self = all.find(entry); self != all.end())
            found[self->first] = &self->second;
        if (items.depth != Depth::zero)
            choose_below(found, all, entry, items.depth);
        if (found.empty())
            chosen.try_emplace(entry, nullptr);
        else
            chosen.merge(found);
    }
    return chosen;
}

void write_value(std::string& out, const std::string* value)
{
    if (value == nullptr) {
        out += "NIL";
    } else if (value->contains('\0')) {
        imap::write_literal8_head(out, value->size());
        out += *value;
    } else {
        imap::write_string(out, *value);
    }
}

/// "entry value entry value" without those over `max_size`, the largest of which is counted in `left_out`.
std::string entry_values(const Chosen& chosen, std::optional<std::uint64_t> max_size, std::uint64_t& left_out)
{
    std::string out;
    for (const auto& [entry, value] : chosen) {
        const std::uint64_t size = value ? value->size() : 0;
        if (max_size && size > *max_size) {
            left_out = std::max(left_out, size);
            continue;
        }
        if (!out.empty())
            out += ' ';
        imap::write_astring(out, entry);
        out += ' ';
        write_value(out, value);
    }
    return out;
}

} // namespace

Task<Outcome<mailbox::MailboxInfo>> find_annotated(Session& session, std::string name)
{
    if (name.empty())
        co_return mailbox::MailboxInfo{};
    co_return co_await find_mailbox(session, std::move(name));
}

Task<Outcome<std::uint64_t>> write_metadata_of(Session& session, mailbox::MailboxInfo info,
                                               const imap::MetadataItems& items)
{
    auto all = co_await session.account().metadata(info.id);
    if (!all && all.error().fault == base::Fault::not_found)
        co_return std::uint64_t{0};
    if (!all)
        co_return base::fail(std::move(all.error()), "metadata");
    const std::string_view use = mailbox::special_use_name(info.use);
    if (!use.empty())
        all->insert_or_assign(std::string(special_use_entry), std::string(use));
    std::uint64_t left_out = 0;
    const Chosen chosen = choose(*all, items);
    const std::string values = entry_values(chosen, items.max_size, left_out);
    if (values.empty())
        co_return left_out;
    std::string out = "* METADATA ";
    imap::write_mailbox(out, info.name, session.names());
    session.channel.write(out + " (" + values + ")\r\n");
    co_return left_out;
}

} // namespace mansio::imapd
