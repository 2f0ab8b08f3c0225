#include "wire/imap/parse_parts.h"

namespace mansio::wire::imap {
namespace {

/// "(" known-sequence-set SP known-uid-set ")", behind known-uids: rfc7162#3.2.5
bool match_data(Cursor& in, QresyncParameters& out)
{
    return in.expect('(') && in.sequence_set(out.match_sequences.emplace()) && in.space() &&
           in.sequence_set(out.match_uids.emplace()) && in.expect(')');
}

/// "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"
bool qresync(Cursor& in, QresyncParameters& out)
{
    if (!in.space() || !in.expect('(') || !in.nz_number(out.uid_validity) || !in.space() ||
        !in.mod_sequence(out.mod_seq))
        return false;
    if (!in.take(' '))
        return in.expect(')');
    if (in.peek() != '(') {
        if (!in.sequence_set(out.known_uids.emplace()))
            return false;
        if (!in.take(' '))
            return in.expect(')');
    }
    return match_data(in, out) && in.expect(')');
}

} // namespace

/// SP mailbox [SP "(" select-param *(SP select-param) ")"]: rfc9051#6.3.2, rfc7162#3.1.8
bool parse_select(Cursor& in, Select& out)
{
    if (!in.space() || !in.mailbox(out.mailbox))
        return false;
    if (!in.take(' ') || in.done())
        return true;
    return parenthesised(in, [&](Cursor& list) {
        if (list.take_word("CONDSTORE")) {
            out.condstore = true;
            return true;
        }
        if (list.take_word("QRESYNC"))
            return qresync(list, out.qresync.emplace());
        return list.wanted("CONDSTORE or QRESYNC");
    });
}

} // namespace mansio::wire::imap
