#include "wire/imap/parse_parts.h"

namespace mansio::wire::imap {
namespace {

/// "(" "UNCHANGEDSINCE" SP mod-sequence-valzer ")": rfc7162#3.1.3
bool modifiers(Cursor& in, Store& out)
{
    return parenthesised(in, [&](Cursor& list) {
        if (!list.take_word("UNCHANGEDSINCE"))
            return list.wanted("UNCHANGEDSINCE");
        return list.space() && list.mod_sequence(out.unchanged_since.emplace());
    });
}

/// ["+" / "-"] "FLAGS" [".SILENT"]
bool action(Cursor& in, Store& out)
{
    if (in.take('+'))
        out.action = Store::Action::add;
    else if (in.take('-'))
        out.action = Store::Action::remove;
    if (in.take_word("FLAGS.SILENT"))
        out.answer = Store::Answer::silent;
    else if (!in.take_word("FLAGS"))
        return in.wanted("FLAGS");
    return true;
}

bool flags(Cursor& in, std::vector<std::string>& out)
{
    if (in.peek() == '(')
        return in.flag_list(out);
    do {
        if (out.size() == in.options().list_items)
            return in.wanted("fewer flags");
        if (!in.flag(out.emplace_back()))
            return false;
    } while (in.take(' ') && !in.done());
    return true;
}

} // namespace

/// SP sequence-set [SP store-modifiers] SP store-att-flags: rfc9051#6.4.6
bool parse_store(Cursor& in, Store& out)
{
    if (!in.space() || !in.sequence_set(out.set) || !in.space())
        return false;
    if (in.peek() == '(' && (!modifiers(in, out) || !in.space()))
        return false;
    return action(in, out) && in.space() && flags(in, out.flags);
}

} // namespace mansio::wire::imap
