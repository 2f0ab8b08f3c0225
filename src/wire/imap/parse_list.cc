#include "wire/imap/parse_parts.h"

namespace mansio::wire::imap {
namespace {

struct StatusName {
    std::string_view name;
    StatusItem item;
};

constexpr StatusName status_names[] = {
    {"MESSAGES", StatusItem::messages},
    {"RECENT", StatusItem::recent},
    {"UIDNEXT", StatusItem::uid_next},
    {"UIDVALIDITY", StatusItem::uid_validity},
    {"UNSEEN", StatusItem::unseen},
    {"DELETED", StatusItem::deleted},
    {"SIZE", StatusItem::size},
    {"HIGHESTMODSEQ", StatusItem::highest_mod_seq},
    {"APPENDLIMIT", StatusItem::append_limit},
    {"MAILBOXID", StatusItem::mailbox_id},
    {"DELETED-STORAGE", StatusItem::deleted_storage},
};

bool status_item(Cursor& in, StatusItems& out)
{
    for (const StatusName& row : status_names) {
        if (in.take_word(row.name)) {
            out.push_back(row.item);
            return true;
        }
    }
    return in.wanted("status item");
}

bool select_option(Cursor& in, List& out)
{
    if (in.take_word("SUBSCRIBED"))
        out.select.subscribed = true;
    else if (in.take_word("REMOTE"))
        out.select.remote = true;
    else if (in.take_word("RECURSIVEMATCH"))
        out.select.recursive_match = true;
    else if (in.take_word("SPECIAL-USE"))
        out.select.special_use = true;
    else
        return in.wanted("list selection option");
    return true;
}

bool return_option(Cursor& in, List& out)
{
    if (in.take_word("SUBSCRIBED"))
        out.returns.subscribed = true;
    else if (in.take_word("CHILDREN"))
        out.returns.children = true;
    else if (in.take_word("SPECIAL-USE"))
        out.returns.special_use = true;
    else if (in.take_word("STATUS"))
        return in.space() && parse_status_items(in, out.returns.status);
    else if (in.take_word("METADATA"))
        return in.space() && parse_metadata_items(in, out.returns.metadata);
    else
        return in.wanted("list return option");
    return true;
}

bool patterns(Cursor& in, List& out)
{
    if (in.peek() != '(')
        return in.list_mailbox(out.patterns.emplace_back());
    out.extended = true;
    return parenthesised(in, [&](Cursor& list) { return list.list_mailbox(out.patterns.emplace_back()); });
}

} // namespace

bool parse_status_items(Cursor& in, StatusItems& out)
{
    return parenthesised(in, [&](Cursor& list) { return status_item(list, out); });
}

/// SP mailbox SP "(" status-att *(SP status-att) ")"
bool parse_status(Cursor& in, Status& out)
{
    return in.space() && in.mailbox(out.mailbox) && in.space() && parse_status_items(in, out.items);
}

/// [SP list-select-opts] SP mailbox SP mbox-or-pat [SP "RETURN" SP list-return-opts]: rfc9051#6.3.9
bool parse_list(Cursor& in, List& out)
{
    if (!in.space())
        return false;
    if (in.peek() == '(') {
        out.extended = true;
        const auto option = [&](Cursor& list) { return select_option(list, out); };
        if (!parenthesised(in, option) || !in.space())
            return false;
    }
    if (out.select.recursive_match && !out.select.subscribed)
        return in.wanted("a selection option beside RECURSIVEMATCH"); // rfc5258#3.1
    if (!in.mailbox(out.reference) || !in.space() || !patterns(in, out))
        return false;
    if (!in.take(' ') || in.done())
        return true;
    if (!in.take_word("RETURN"))
        return in.wanted("RETURN");
    out.extended = true;
    return in.space() && parenthesised(in, [&](Cursor& list) { return return_option(list, out); });
}

bool parse_lsub(Cursor& in, Lsub& out)
{
    return in.space() && in.mailbox(out.reference) && in.space() && in.list_mailbox(out.pattern);
}

} // namespace mansio::wire::imap
