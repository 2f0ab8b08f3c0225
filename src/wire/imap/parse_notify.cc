#include "wire/imap/parse_parts.h"

#include <algorithm>

namespace mansio::wire::imap {
namespace {

using Which = NotifyGroup::Which;

/// Events without arguments. One we don't know is no error of the grammar (event-ext): the session answers
/// it.
bool plain_event(Cursor& in, NotifyEvents& out)
{
    std::string name;
    if (in.take_word("MessageExpunge"))
        out.message_expunge = true;
    else if (in.take_word("FlagChange"))
        out.flag_change = true;
    else if (in.take_word("MailboxName"))
        out.mailbox_name = true;
    else if (in.take_word("SubscriptionChange"))
        out.subscription_change = true;
    else if (in.atom(name))
        out.unsupported = true;
    else
        return false;
    return true;
}

/// "(" event *(SP event) ")" or "NONE"; MessageNew may be followed by a list of fetch items.
bool events(Cursor& in, NotifyEvents& out)
{
    if (in.take_word("NONE"))
        return true;
    bool items_may_follow = false;
    return parenthesised(in, [&](Cursor& list) {
        if (items_may_follow && list.peek() == '(') {
            items_may_follow = false;
            return parse_fetch_items(list, out.new_items);
        }
        items_may_follow = list.take_word("MessageNew");
        if (!items_may_follow)
            return plain_event(list, out);
        out.message_new = true;
        return true;
    });
}

/// one-or-more-mailbox
bool mailboxes(Cursor& in, std::vector<std::string>& out)
{
    if (!in.space())
        return false;
    if (in.peek() != '(')
        return in.mailbox(out.emplace_back());
    return parenthesised(in, [&](Cursor& list) { return list.mailbox(out.emplace_back()); });
}

bool filter(Cursor& in, NotifyGroup& out)
{
    if (in.take_word("SELECTED"))
        out.which = Which::selected;
    else if (in.take_word("SELECTED-DELAYED"))
        out.which = Which::selected_delayed;
    else if (in.take_word("INBOXES"))
        out.which = Which::inboxes;
    else if (in.take_word("PERSONAL"))
        out.which = Which::personal;
    else if (in.take_word("SUBSCRIBED"))
        out.which = Which::subscribed;
    else if (in.take_word("SUBTREE"))
        out.which = Which::subtree;
    else if (in.take_word("MAILBOXES"))
        out.which = Which::mailboxes;
    else
        return in.wanted("which mailboxes");
    const bool named = out.which == Which::subtree || out.which == Which::mailboxes;
    return !named || mailboxes(in, out.names);
}

/// rfc5465#5, #6.1: which events go together, and what the selected mailbox may have.
bool sensible(Cursor& in, const NotifyGroup& group)
{
    const NotifyEvents& events = group.events;
    if (events.message_new != events.message_expunge || (events.flag_change && !events.message_new))
        return in.wanted("MessageNew and MessageExpunge together");
    if (group.of_selected() && (events.mailbox_name || events.subscription_change))
        return in.wanted("message events only, for the selected mailbox");
    if (!group.of_selected() && !events.new_items.empty())
        return in.wanted("fetch items only for the selected mailbox");
    const bool sets_seen = std::ranges::any_of(
        events.new_items, [](const FetchItem& item) { return item.seen == FetchItem::Seen::set; });
    return !sets_seen || in.wanted("fetch items that leave \\Seen");
}

bool group(Cursor& in, NotifyGroup& out)
{
    return in.expect('(') && filter(in, out) && in.space() && events(in, out.events) && in.expect(')') &&
           sensible(in, out);
}

bool groups(Cursor& in, std::vector<NotifyGroup>& out)
{
    do {
        if (out.size() == in.options().list_items)
            return in.wanted("fewer groups");
        if (!group(in, out.emplace_back()))
            return false;
    } while (in.take(' '));
    const auto of_selected = std::ranges::count_if(out, &NotifyGroup::of_selected);
    return of_selected <= 1 || in.wanted("one group for the selected mailbox");
}

} // namespace

/// SP ("NONE" / "SET" [SP "STATUS"] SP event-group *(SP event-group)): rfc5465#8
bool parse_notify(Cursor& in, Notify& out)
{
    if (!in.space())
        return false;
    if (in.take_word("NONE"))
        return true;
    if (!in.take_word("SET"))
        return in.wanted("SET or NONE");
    if (!in.space())
        return false;
    if (in.take_word("STATUS")) {
        out.status = true;
        if (!in.space())
            return false;
    }
    return groups(in, out.groups);
}

} // namespace mansio::wire::imap
