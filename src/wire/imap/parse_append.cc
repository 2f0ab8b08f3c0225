#include "wire/imap/parse_parts.h"

namespace mansio::wire::imap {

/// SP mailbox [SP flag-list] [SP date-time] SP (literal / literal8 / "UTF8" SP "(" literal8 ")"), as far as
/// the head of the literal: rfc9051#6.3.12, rfc6855#4
bool parse_append(Cursor& in, Append& out)
{
    if (!in.space() || !in.mailbox(out.mailbox) || !in.space())
        return false;
    if (in.peek() == '(' && (!in.flag_list(out.flags) || !in.space()))
        return false;
    if (in.peek() == '"' && (!in.date_time(out.internal_date.emplace()) || !in.space()))
        return false;
    if (in.take_word("UTF8")) {
        out.wrapping = Append::Wrapping::utf8;
        if (!in.space() || !in.expect('('))
            return false;
    }
    Cursor::LiteralHead head;
    if (!in.last_literal(head))
        return false;
    out.size = head.size;
    out.unasked = head.unasked;
    return true;
}

} // namespace mansio::wire::imap
