#include "base/text.h"
#include "imapd/commands.h"
#include "imapd/metadata.h"
#include "imapd/name_pattern.h"
#include "imapd/status.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace mansio::imapd {
namespace {

using mailbox::MailboxInfo;
using mailbox::MailboxList;

/// One LIST response.
struct Entry {
    const MailboxInfo* info = nullptr; ///< null: the name is subscribed but does not exist
    bool subscribed = false;
    bool child_subscribed = false; ///< RECURSIVEMATCH: CHILDINFO
    bool child_untold = false;     ///< and such a child has no response of its own
    bool has_children = false;
};
using Entries = std::map<std::string_view, Entry>;

bool matches_any(const std::vector<std::string>& patterns, std::string_view name)
{
    return std::ranges::any_of(patterns, [&](const auto& pattern) { return name_matches(pattern, name); });
}

Entries everything(const MailboxList& all, const std::vector<std::string>& patterns)
{
    Entries entries;
    for (const MailboxInfo& info : all.mailboxes)
        entries[info.name].info = &info;
    for (const std::string& name : all.subscriptions)
        entries[name].subscribed = true;
    for (auto& [name, entry] : entries) {
        const bool untold = entry.subscribed && !matches_any(patterns, name);
        for (auto at = name.rfind('/'); at != std::string_view::npos && at > 0;
             at = name.rfind('/', at - 1)) {
            const auto parent = entries.find(name.substr(0, at));
            if (parent == entries.end())
                continue;
            parent->second.has_children |= entry.info != nullptr;
            parent->second.child_subscribed |= entry.subscribed;
            parent->second.child_untold |= untold;
        }
    }
    return entries;
}

bool selected_by(const imap::List& command, const Entry& entry)
{
    const auto& select = command.select;
    if (select.special_use && (!entry.info || mailbox::special_use_name(entry.info->use).empty()))
        return false;
    if (!select.subscribed)
        return entry.info != nullptr;
    return entry.subscribed || (select.recursive_match && entry.child_untold); // rfc5258#3.5
}

void write_entry(Session& session, const imap::List& command, std::string_view name, const Entry& entry)
{
    std::string out = "* LIST (";
    const auto add = [&](std::string_view attribute) {
        if (attribute.empty())
            return;
        if (out.back() != '(')
            out += ' ';
        out += attribute;
    };
    if (!entry.info)
        add("\\NonExistent");
    add(entry.has_children ? "\\HasChildren" : "\\HasNoChildren");
    if ((command.select.subscribed || command.returns.subscribed) && entry.subscribed)
        add("\\Subscribed");
    if (entry.info)
        add(mailbox::special_use_name(entry.info->use)); // in every LIST: clients rely on it
    out += ") \"/\" ";
    imap::write_mailbox(out, name, session.names());
    if (command.select.recursive_match && entry.child_subscribed)
        out += " (\"CHILDINFO\" (\"SUBSCRIBED\"))";
    session.channel.write(out + "\r\n");
}

constexpr std::size_t yield_after = 32;   // names compared
constexpr std::size_t max_patterns = 100; // clients send one, some two

/// rfc9051#6.3.9: the reference stands before the pattern; an absolute INBOX stays what it is.
std::vector<std::string> full_patterns(const imap::List& command)
{
    std::vector<std::string> out;
    for (const std::string& pattern : command.patterns)
        out.push_back(command.reference + pattern);
    return out;
}

/// LIST "" "" asks for the hierarchy separator only.
bool asks_for_separator(const imap::List& command)
{
    return !command.extended && command.patterns.size() == 1 && command.patterns.front().empty();
}

/// What follows a mailbox's LIST: rfc5819#2, rfc9590#3
Task<Outcome<void>> write_returns_of(Session& session, const MailboxInfo& info, const imap::List& command)
{
    if (!command.returns.metadata.entries.empty()) {
        auto told = co_await write_metadata_of(session, info, command.returns.metadata);
        if (!told)
            co_return std::unexpected(told.error());
    }
    if (!command.returns.status.empty()) {
        auto told = co_await write_status_of(session, info, command.returns.status);
        if (!told)
            co_return told;
    }
    co_return Outcome<void>{};
}

} // namespace

/// rfc9051#6.3.9, rfc5258, rfc5819, rfc6154, rfc9590
Task<Reply> list(Session& session, imap::List command)
{
    if (asks_for_separator(command)) {
        session.channel.write("* LIST (\\Noselect) \"/\" \"\"\r\n");
        co_return reply::ok("the separator");
    }
    if (command.patterns.size() > max_patterns)
        co_return reply::from(base::Fault::too_large);
    auto all = co_await session.account().list();
    if (!all)
        co_return session.refuse(all.error(), "list");
    const mailbox::MailboxListPtr names = *all;
    const auto patterns = full_patterns(command);
    const Entries entries = everything(*names, patterns);
    std::size_t looked_at = 0;
    for (const auto& [name, entry] : entries) {
        if (++looked_at % yield_after == 0)
            co_await base::yield();
        if (!selected_by(command, entry) || !matches_any(patterns, name))
            continue;
        write_entry(session, command, name, entry);
        if (entry.info) {
            auto told = co_await write_returns_of(session, *entry.info, command);
            if (!told)
                co_return session.refuse(told.error(), "list");
        }
        const bool open = co_await make_room(session);
        if (!open)
            break;
    }
    co_return reply::ok("listed");
}

namespace {

void write_lsub(Session& session, std::string_view name, std::string_view attributes)
{
    std::string out = fmt::format("* LSUB ({}) \"/\" ", attributes);
    imap::write_mailbox(out, name, session.names());
    session.channel.write(out + "\r\n");
}

/// The shortest parent of `name` that the pattern matches, or "": rfc3501#6.3.9, for patterns that end in
/// "%".
std::string_view matching_parent(std::string_view pattern, std::string_view name)
{
    for (auto at = name.find('/'); at != std::string_view::npos; at = name.find('/', at + 1))
        if (name_matches(pattern, name.substr(0, at)))
            return name.substr(0, at);
    return {};
}

} // namespace

/// rfc3501#6.3.9. With the special use: Outlook looks for it here.
Task<Reply> lsub(Session& session, imap::Lsub command)
{
    auto all = co_await session.account().list();
    if (!all)
        co_return session.refuse(all.error(), "lsub");
    const MailboxList& names = **all;
    const std::string pattern = command.reference + command.pattern;
    std::string_view last_parent;
    for (const std::string& name : names.subscriptions) {
        if (name_matches(pattern, name)) {
            const auto* const info = names.find(name);
            write_lsub(session, name, info ? mailbox::special_use_name(info->use) : std::string_view{});
            continue;
        }
        const auto parent = matching_parent(pattern, name);
        if (parent.empty() || parent == last_parent || names.subscribed(parent))
            continue;
        write_lsub(session, parent, "\\Noselect");
        last_parent = parent;
    }
    co_return reply::ok("listed");
}

} // namespace mansio::imapd
