#include "mailbox/names.h"

#include "base/text.h"
#include "mailbox/account.h"

#include <algorithm>
#include <array>

namespace mansio::mailbox {
namespace {

struct UseRow {
    SpecialUse use;
    std::string_view attribute;
};
constexpr std::array uses = {
    UseRow{SpecialUse::sent, "\\Sent"},       UseRow{SpecialUse::drafts, "\\Drafts"},
    UseRow{SpecialUse::trash, "\\Trash"},     UseRow{SpecialUse::junk, "\\Junk"},
    UseRow{SpecialUse::archive, "\\Archive"}, UseRow{SpecialUse::flagged, "\\Flagged"},
    UseRow{SpecialUse::all, "\\All"}};

bool is_control(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

} // namespace

std::string_view special_use_name(SpecialUse use)
{
    const auto row = std::ranges::find(uses, use, &UseRow::use);
    return row == uses.end() ? std::string_view{} : row->attribute;
}

std::optional<SpecialUse> special_use_from(std::string_view attribute)
{
    for (const UseRow& row : uses)
        if (base::equal_icase(row.attribute, attribute))
            return row.use;
    return std::nullopt;
}

base::Outcome<std::string> normalise_name(std::string_view name)
{
    using base::Fault;
    if (name.empty() || name.size() > max_name_size)
        return base::fail(Fault::invalid, "mailbox name is empty or too long");
    if (!base::is_utf8(name) || std::ranges::any_of(name, is_control))
        return base::fail(Fault::invalid, "mailbox name is not UTF-8 or has control characters");
    const auto levels = base::split(name, separator);
    if (levels.size() > max_levels || std::ranges::any_of(levels, &std::string_view::empty))
        return base::fail(Fault::invalid, "mailbox name has an empty level or too many levels");
    std::string out(name);
    if (base::equal_icase(levels.front(), "INBOX"))
        out.replace(0, 5, "INBOX");
    return out;
}

std::vector<std::string> parents_of(std::string_view name)
{
    std::vector<std::string> parents;
    for (auto at = name.find(separator); at != std::string_view::npos; at = name.find(separator, at + 1))
        parents.emplace_back(name.substr(0, at));
    return parents;
}

bool is_below(std::string_view name, std::string_view parent)
{
    return name.size() > parent.size() && name.starts_with(parent) && name[parent.size()] == separator;
}

const MailboxInfo* MailboxList::find(std::string_view name) const
{
    const bool inbox = base::equal_icase(name, "INBOX");
    for (const MailboxInfo& info : mailboxes)
        if (info.name == name || (inbox && info.name == "INBOX"))
            return &info;
    return nullptr;
}

const MailboxInfo* MailboxList::find(MailboxId id) const
{
    const auto found = std::ranges::find(mailboxes, id, &MailboxInfo::id);
    return found == mailboxes.end() ? nullptr : &*found;
}

const MailboxInfo* MailboxList::find(SpecialUse use) const
{
    const auto found = std::ranges::find(mailboxes, use, &MailboxInfo::use);
    return found == mailboxes.end() ? nullptr : &*found;
}

bool MailboxList::subscribed(std::string_view name) const
{
    return std::ranges::find(subscriptions, name) != subscriptions.end();
}

} // namespace mansio::mailbox
