#include "wire/imap/parse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <random>

namespace mansio::wire::imap {
namespace {

std::string show(const SequenceSet& set)
{
    if (set.saved_result)
        return "$";
    std::string out;
    for (const SequenceRange& range : set.ranges)
        out += fmt::format("{}{}:{}", out.empty() ? "" : ",", range.first, range.last);
    return out;
}

std::string show(const SearchKey& key)
{
    std::string out = std::to_string(static_cast<int>(key.kind));
    if (!key.field.empty())
        out += "/" + key.field;
    if (!key.text.empty())
        out += "=" + key.text;
    if (key.number)
        out += "#" + std::to_string(key.number);
    if (key.day)
        out += "d" + std::to_string(key.day);
    out += show(key.set);
    if (key.children.empty())
        return out;
    out += "(";
    for (const SearchKey& child : key.children)
        out += show(child) + " ";
    out.back() = ')';
    return out;
}

std::string show(const std::optional<SearchReturn>& returns)
{
    if (!returns)
        return {};
    std::string out = fmt::format("return {}{}{}{}{}{} ", returns->min ? "m" : "", returns->max ? "M" : "",
                                  returns->all ? "a" : "", returns->count ? "c" : "",
                                  returns->save ? "s" : "", returns->relevancy ? "r" : "");
    if (returns->partial)
        out +=
            fmt::format("partial {}{}:{}{} ", returns->partial->from_end ? "-" : "", returns->partial->first,
                        returns->partial->last, returns->partial_reversed ? " reversed" : "");
    return out;
}

std::string show(const FetchItem& item)
{
    std::string out = std::to_string(static_cast<int>(item.kind));
    if (item.seen == FetchItem::Seen::set)
        out += "!";
    if (item.kind == FetchItem::Kind::section || !item.section.part.empty())
        out += fmt::format("[{}|{}|{}]", fmt::join(item.section.part, "."),
                           static_cast<int>(item.section.specifier), fmt::join(item.section.fields, ","));
    if (item.partial)
        out += fmt::format("<{}.{}>", item.partial->offset, item.partial->length);
    return out;
}

std::string show(const AppendStep& step)
{
    std::string out;
    for (const auto& event : step.events) {
        if (const auto* url = std::get_if<AppendUrl>(&event)) {
            out += "|url=" + url->url;
            continue;
        }
        const auto& message = std::get<AppendMessage>(event);
        out += fmt::format("|{}|{}", fmt::join(message.flags, " "), message.internal_date.value_or(0));
    }
    constexpr std::string_view inside[] = {"", "", "u", "c"};
    if (step.literal)
        out += fmt::format("|{}{}", step.literal->size, inside[static_cast<int>(step.inside)]);
    return out;
}

std::string show(const MetadataItems& items)
{
    constexpr std::string_view depths[] = {"", " depth 1", " depth infinity"};
    return fmt::format("{}{}{}", fmt::join(items.entries, ","), depths[static_cast<int>(items.depth)],
                       items.max_size ? fmt::format(" up to {}", *items.max_size) : "");
}

struct Shower {
    std::string operator()(const Login& x) const { return x.user + "|" + x.password; }
    std::string operator()(const Authenticate& x) const
    {
        return x.mechanism + (x.initial_response ? "|" + *x.initial_response : "");
    }
    std::string operator()(const Enable& x) const
    {
        return fmt::format("{}", fmt::join(x.capabilities, " "));
    }
    std::string operator()(const Id& x) const
    {
        std::string out;
        for (const auto& [key, value] : x.fields)
            out += key + "=" + value + ";";
        return out;
    }
    std::string operator()(const Select& x) const
    {
        std::string out = (x.access == Select::Access::read_only ? "ro " : "rw ") + x.mailbox;
        if (x.condstore)
            out += " condstore";
        if (x.qresync)
            out += fmt::format(" qresync {} {} {} {} {}", x.qresync->uid_validity, x.qresync->mod_seq,
                               show(x.qresync->known_uids.value_or(SequenceSet{})),
                               show(x.qresync->match_sequences.value_or(SequenceSet{})),
                               show(x.qresync->match_uids.value_or(SequenceSet{})));
        return out;
    }
    std::string operator()(const Create& x) const
    {
        return fmt::format("{}|{}", x.mailbox, fmt::join(x.special_use, " "));
    }
    std::string operator()(const Delete& x) const { return x.mailbox; }
    std::string operator()(const Rename& x) const { return x.from + "|" + x.to; }
    std::string operator()(const Subscribe& x) const { return x.mailbox; }
    std::string operator()(const Unsubscribe& x) const { return x.mailbox; }
    std::string operator()(const Status& x) const { return fmt::format("{}|{}", x.mailbox, x.items.size()); }
    std::string operator()(const List& x) const
    {
        const std::string metadata = x.returns.metadata.entries.empty() ? "" : "|" + show(x.returns.metadata);
        return fmt::format("{}|{}|{}{}{}{}{}|{}{}{}|{}{}", x.reference, fmt::join(x.patterns, ","),
                           x.extended ? "e" : "", x.select.subscribed ? "s" : "", x.select.remote ? "r" : "",
                           x.select.recursive_match ? "m" : "", x.select.special_use ? "u" : "",
                           x.returns.subscribed ? "s" : "", x.returns.children ? "c" : "",
                           x.returns.special_use ? "u" : "", x.returns.status.size(), metadata);
    }
    std::string operator()(const GetMetadata& x) const { return x.mailbox + "|" + show(x.items); }
    std::string operator()(const SetMetadata& x) const
    {
        std::string out = x.mailbox;
        for (const auto& change : x.changes)
            out += "|" + change.entry + (change.value ? "=" + *change.value : "-");
        return out;
    }
    std::string operator()(const GetQuota& x) const { return x.root; }
    std::string operator()(const GetQuotaRoot& x) const { return x.mailbox; }
    std::string operator()(const SetQuota& x) const
    {
        std::string out = x.root;
        for (const auto& [resource, limit] : x.limits)
            out += fmt::format("|{} {}", resource, limit);
        return out;
    }
    std::string operator()(const Lsub& x) const { return x.reference + "|" + x.pattern; }
    std::string operator()(const Append& x) const { return x.mailbox + show(x.first); }
    std::string operator()(const Replace& x) const
    {
        return fmt::format("{}{}|{}{}", x.numbering == Numbering::uid ? "uid " : "", show(x.message),
                           x.mailbox, show(x.first));
    }
    std::string operator()(const Notify& x) const
    {
        std::string out = x.status ? "status" : "";
        for (const NotifyGroup& group : x.groups) {
            const NotifyEvents& e = group.events;
            out += fmt::format(
                " {}[{}]{}{}{}{}{}{}", static_cast<int>(group.which), fmt::join(group.names, ","),
                e.message_new ? "n" : "", e.message_expunge ? "x" : "", e.flag_change ? "f" : "",
                e.mailbox_name ? "m" : "", e.subscription_change ? "s" : "", e.unsupported ? "?" : "");
            for (const FetchItem& item : e.new_items)
                out += " " + show(item);
        }
        return out;
    }
    std::string operator()(const Expunge& x) const { return x.uids ? show(*x.uids) : "all"; }
    std::string operator()(const Search& x) const
    {
        std::string out = (x.numbering == Numbering::uid ? "uid " : "") + show(x.returns);
        if (!x.charset.empty())
            out += x.charset + " ";
        return out + show(x.key);
    }
    std::string operator()(const Sort& x) const
    {
        std::string out = (x.numbering == Numbering::uid ? "uid " : "") + show(x.returns);
        for (const SortCriterion& criterion : x.criteria)
            out += fmt::format("{}{} ", criterion.reverse ? "-" : "", static_cast<int>(criterion.key));
        return out + x.charset + " " + show(x.key);
    }
    std::string operator()(const Thread& x) const
    {
        return fmt::format("{}{} {} {}", x.numbering == Numbering::uid ? "uid " : "",
                           x.algorithm == Thread::Algorithm::references ? "references" : "subject", x.charset,
                           show(x.key));
    }
    std::string operator()(const Fetch& x) const
    {
        std::string out = (x.numbering == Numbering::uid ? "uid " : "") + show(x.set);
        for (const FetchItem& item : x.items)
            out += " " + show(item);
        if (x.changed_since)
            out += fmt::format(" since {}", *x.changed_since);
        if (x.partial)
            out += fmt::format(" partial {}{}:{}", x.partial->from_end ? "-" : "", x.partial->first,
                               x.partial->last);
        return out + (x.vanished ? " vanished" : "");
    }
    std::string operator()(const Store& x) const
    {
        constexpr std::string_view actions[] = {"=", "+", "-"};
        return fmt::format("{}{} {}{}{}{}", x.numbering == Numbering::uid ? "uid " : "", show(x.set),
                           actions[static_cast<int>(x.action)], fmt::join(x.flags, " "),
                           x.answer == Store::Answer::silent ? " silent" : "",
                           x.unchanged_since ? fmt::format(" unless {}", *x.unchanged_since) : "");
    }
    template <class CopyOrMove>
        requires requires(CopyOrMove x) { x.set, x.mailbox; }
    std::string operator()(const CopyOrMove& x) const
    {
        return fmt::format("{}{}|{}", x.numbering == Numbering::uid ? "uid " : "", show(x.set), x.mailbox);
    }
    std::string operator()(const auto&) const { return "-"; }
};

std::string show(std::string_view line, const ParseOptions& options = {})
{
    const auto command = parse_command("t " + std::string(line), options);
    return command ? std::visit(Shower{}, command->body) : command.error().text();
}

struct Row {
    std::string_view line;
    std::string_view shown;
};

constexpr Row rows[] = {
    // no arguments
    {"NOOP", "-"},
    {"noop ", "-"},
    {"NOOP x", "at 7: wanted end of line"},
    {"FROBNICATE", "at 12: wanted known command"},
    {"UID FROB", "at 10: wanted known command"},
    {"", "at 2: wanted keyword"},
    // authentication
    {"LOGIN a b", "a|b"},
    {"LOGIN \"a b\" \"c\\\"d\\\\\"", "a b|c\"d\\"},
    {"LOGIN {3}\r\na b {2+}\r\n\r\n", "a b|\r\n"},
    {"LOGIN a", "at 9: wanted space"},
    {"LOGIN a \"b", "at 12: wanted closing quote"},
    {"LOGIN a b c", "at 12: wanted end of line"},
    {"LOGIN a \"\xF6\"", "at 13: wanted UTF-8 text"},
    {"LOGIN a {5}\r\nabc", "at 15: wanted literal"},
    {"AUTHENTICATE plain", "PLAIN"},
    {"AUTHENTICATE PLAIN AGEAYg==", "PLAIN|AGEAYg=="},
    {"AUTHENTICATE SCRAM-SHA-256-PLUS =", "SCRAM-SHA-256-PLUS|="},
    {"ENABLE CONDSTORE UTF8=ACCEPT qresync", "CONDSTORE UTF8=ACCEPT QRESYNC"},
    {"ENABLE", "at 8: wanted space"},
    {"ID NIL", ""},
    {"ID (\"name\" \"x\" \"v\" NIL)", "name=x;"},
    {"ID (\"name\"  \"Thunderbird\" \"version\" \"1\" )", "name=Thunderbird;version=1;"},
    {"ID (\"name\")", ""},
    {"ID ()", ""},
    // mailboxes
    {"SELECT inbox", "rw INBOX"},
    {"EXAMINE \"a b\"", "ro a b"},
    {"SELECT x (CONDSTORE)", "rw x condstore"},
    {"SELECT x (QRESYNC (67890007 20050715194045000 41,43:211))",
     "rw x qresync 67890007 20050715194045000 41:41,43:211  "},
    {"SELECT x (QRESYNC (1 2 1:9 (1,5 2,9)))", "rw x qresync 1 2 1:9 1:1,5:5 2:2,9:9"},
    {"SELECT x (QRESYNC (1 2 (1 2)) CONDSTORE)", "rw x condstore qresync 1 2  1:1 2:2"},
    {"SELECT x (QRESYNC (0 2))", "at 22: wanted number above 0"},
    {"SELECT x (FOO)", "at 12: wanted CONDSTORE or QRESYNC"},
    {"CREATE L&APY-b", "Löb|"},
    {"CREATE x (USE (\\Drafts))", "x|\\Drafts"},
    {"DELETE \"\"", ""},
    {"RENAME a b", "a|b"},
    {"SUBSCRIBE a/b/", "a/b/"},
    {"UNSUBSCRIBE R&D", "R&D"},
    {"STATUS x (MESSAGES UIDNEXT HIGHESTMODSEQ SIZE)", "x|4"},
    {"STATUS x (FOO)", "at 12: wanted status item"},
    {"LIST \"\" *", "|*|||0"},
    {"LIST \"\" \"%/a b\"", "|%/a b|||0"},
    {"LIST (SUBSCRIBED RECURSIVEMATCH) \"\" %", "|%|esm||0"},
    {"LIST (SPECIAL-USE) \"\" (a b*) RETURN (SPECIAL-USE CHILDREN STATUS (MESSAGES UNSEEN))",
     "|a,b*|eu|cu|2"},
    {"LIST () \"\" %", "|%|e||0"},
    {"LIST (RECURSIVEMATCH) \"\" %", "at 24: wanted a selection option beside RECURSIVEMATCH"},
    {"LSUB \"\" \"*\"", "|*"},
    // annotations and quota
    {"GETMETADATA \"\" /shared/comment", "|/shared/comment"},
    {"GETMETADATA INBOX (/Shared/Comment \"/private/a b\")", "INBOX|/shared/comment,/private/a b"},
    {"GETMETADATA (MAXSIZE 1024 DEPTH 1) x (/private/a)", "x|/private/a depth 1 up to 1024"},
    {"GETMETADATA x (DEPTH infinity) (/private)", "x|/private depth infinity"},
    {"GETMETADATA x (maxsize 0) /private/a", "x|/private/a up to 0"},
    {"GETMETADATA x (DEPTH 2) /private/a", "at 23: wanted 0, 1 or infinity"},
    {"GETMETADATA (SIZE 2) x /private/a", "at 15: wanted MAXSIZE or DEPTH"},
    {"GETMETADATA x ()", "at 18: wanted at least one entry"},
    {"GETMETADATA x /private/a/", "at 27: wanted an entry below /private or /shared"},
    {"GETMETADATA x /private//a", "at 27: wanted an entry below /private or /shared"},
    {"GETMETADATA x \"/private/a*\"", "at 29: wanted an entry below /private or /shared"},
    {"GETMETADATA x \"/private/%\"", "at 28: wanted an entry below /private or /shared"},
    {"GETMETADATA x /private/\xC3\xA4", "at 27: wanted an entry below /private or /shared"},
    {"GETMETADATA x /comment", "at 24: wanted an entry below /private or /shared"},
    {"GETMETADATA x /privateer/a", "at 28: wanted an entry below /private or /shared"},
    {"SETMETADATA INBOX (/private/comment \"My note\")", "INBOX|/private/comment=My note"},
    {"SETMETADATA \"\" (/private/A NIL /shared/b \"NIL\")", "|/private/a-|/shared/b=NIL"},
    {"SETMETADATA x (/private/a {3}\r\na\"b /private/b ~{2}\r\n\xFF\xFE)",
     "x|/private/a=a\"b|/private/b=\xFF\xFE"},
    {"SETMETADATA x (/private/a \"\")", "x|/private/a="},
    {"SETMETADATA x (/private/a b)", "at 28: wanted string"},
    {"SETMETADATA x (/private \"a\")", "at 25: wanted an entry below /private or /shared"},
    {"SETMETADATA x (/private/a)", "at 27: wanted space"},
    {"SETMETADATA x ()", "at 18: wanted at least one entry"},
    {"SETMETADATA x /private/a NIL", "at 16: wanted \"(\""},
    {"LIST \"\" % RETURN (METADATA (/shared/comment /Private/Colour) SUBSCRIBED)",
     "|%|e|s|0|/shared/comment,/private/colour"},
    {"LIST \"\" % RETURN (METADATA)", "at 28: wanted space"},
    {"LIST \"\" % RETURN (METADATA ())", "at 31: wanted at least one entry"},
    {"STATUS x (DELETED DELETED-STORAGE)", "x|2"},
    {"GETQUOTA \"#user/alice\"", "#user/alice"},
    {"GETQUOTA \"\"", ""},
    {"GETQUOTAROOT inbox", "INBOX"},
    {"SETQUOTA a@b.example (Storage 512 MESSAGE 0)", "a@b.example|STORAGE 512|MESSAGE 0"},
    {"SETQUOTA \"\" ()", ""},
    {"SETQUOTA x (STORAGE -1)", "at 22: wanted number"},
    {"SETQUOTA x (STORAGE 9223372036854775808)", "at 22: wanted number"},
    // append
    {"APPEND INBOX {12}", "INBOX||0|12"},
    {"APPEND INBOX (\\Seen $x) \"17-Jul-1996 02:44:25 -0700\" {12+}", "INBOX|\\Seen $x|837596665|12"},
    {"APPEND {5}\r\na b c () ~{7}", "a b c||0|7"},
    {"APPEND x UTF8 (~{7+}", "x||0|7u"},
    {"APPEND x \"text\"", "at 17: wanted date-time"},
    {"APPEND x (\\Seen]) {1}", "x|\\Seen_|0|1"},
    {"APPEND x CATENATE (URL \"/a/;UID=1\" TEXT {7+}", "x||0|url=/a/;UID=1|7c"},
    {"APPEND x (\\Seen) CATENATE (URL a URL b)", "x|\\Seen|0|url=a|url=b"},
    {"APPEND x CATENATE (URL a) (\\Draft) CATENATE (URL b) {5}", "x||0|url=a|\\Draft|0|url=b||0|5"},
    {"APPEND x CATENATE ()", "at 21: wanted TEXT or URL"},
    {"APPEND x CATENATE (URL a", "at 26: wanted \")\""},
    {"APPEND x", "at 10: wanted space"},
    {"REPLACE 4 Drafts (\\Seen) {312}", "4:4|Drafts|\\Seen|0|312"},
    {"UID REPLACE 2000 x CATENATE (TEXT {71}", "uid 2000:2000|x||0|71c"},
    {"REPLACE 4:5 x {1}", "at 13: wanted one message"},
    {"REPLACE 4,5 x {1}", "at 13: wanted one message"},
    {"REPLACE $ x {1}", "at 11: wanted one message"},
    // notify
    {"NOTIFY NONE", ""},
    {"NOTIFY SET STATUS (selected (MessageNew (UID FLAGS) MessageExpunge)) (personal NONE)",
     "status 0[]nx 1 0 3[]"},
    {"NOTIFY SET (mailboxes (a \"b c\") (MessageNew MessageExpunge FlagChange)) (subtree x (MailboxName))",
     " 6[a,b c]nxf 5[x]m"},
    {"NOTIFY SET (subscribed (SubscriptionChange AnnotationChange))", " 4[]s?"},
    {"NOTIFY SET (selected-delayed (MessageNew MessageExpunge)) (inboxes NONE)", " 1[]nx 2[]"},
    {"NOTIFY SET (personal (MessageNew))", "at 36: wanted MessageNew and MessageExpunge together"},
    {"NOTIFY SET (selected (MailboxName))", "at 37: wanted message events only, for the selected mailbox"},
    {"NOTIFY SET (personal (MessageNew (UID) MessageExpunge))",
     "at 57: wanted fetch items only for the selected mailbox"},
    {"NOTIFY SET (selected (MessageNew (BODY[]) MessageExpunge))",
     "at 60: wanted fetch items that leave \\Seen"},
    {"NOTIFY SET (selected NONE) (selected-delayed NONE)",
     "at 52: wanted one group for the selected mailbox"},
    {"NOTIFY SET", "at 12: wanted space"},
    {"NOTIFY SET (nobody NONE)", "at 14: wanted which mailboxes"},
    // messages
    {"EXPUNGE", "all"},
    {"UID EXPUNGE 3000:3002,*", "3000:3002,0:0"},
    {"COPY 2:4 MEETING", "2:4|MEETING"},
    {"UID MOVE $ Trash", "uid $|Trash"},
    {"COPY 0 x", "at 8: wanted number above 0"},
    {"COPY 4294967296 x", "at 7: wanted number"},
    {"COPY 1, x", "at 9: wanted number"},
    {"STORE 2:4 +FLAGS (\\Deleted)", "2:4 +\\Deleted"},
    {"UID STORE 1 (UNCHANGEDSINCE 320162338) -FLAGS.SILENT \\Seen $Junk",
     "uid 1:1 -\\Seen $Junk silent unless 320162338"},
    {"STORE 1 FLAGS ()", "1:1 ="},
    {"STORE 1 FLAGS (a\"b [x])", "1:1 =a_b [x_"},
    {"STORE 1 FLAGZ ()", "at 10: wanted FLAGS"},
    // fetch
    {"FETCH 1:* FLAGS", "1:0 0"},
    {"FETCH 1 (FLAGS UID RFC822.SIZE)", "1:1 0 1 3"},
    {"FETCH 1 ALL", "1:1 0 2 3 4"},
    {"FETCH 1 FAST", "1:1 0 2 3"},
    {"FETCH 1 FULL", "1:1 0 2 3 4 5"},
    {"FETCH 1 BODY", "1:1 5"},
    {"FETCH 1 BODY[]", "1:1 8![|0|]"},
    {"FETCH 1 BODY.PEEK[]<0.100>", "1:1 8[|0|]<0.100>"},
    {"FETCH 1 body.peek[header.fields (From \"To\")]", "1:1 8[|2|From,To]"},
    {"FETCH 1 BODY[HEADER.FIELDS.NOT (X)]<5.9>", "1:1 8![|3|X]<5.9>"},
    {"FETCH 1 BODY[1.2.MIME]", "1:1 8![1.2|5|]"},
    {"FETCH 1 BODY[1.2]", "1:1 8![1.2|0|]"},
    {"FETCH 1 BODY[4.TEXT]", "1:1 8![4|4|]"},
    {"FETCH 1 BODY[MIME]", "at 15: wanted section"},
    {"FETCH 1 BODY[0]", "at 16: wanted number above 0"},
    {"FETCH 1 BODY[]<1.0>", "at 20: wanted number above 0"},
    {"FETCH 1 (RFC822 RFC822.HEADER RFC822.TEXT)", "1:1 11! 12 13!"},
    {"FETCH 1 (BINARY[1] BINARY.PEEK[1.2]<0.5> BINARY.SIZE[1])", "1:1 9![1|0|] 9[1.2|0|]<0.5> 10[1|0|]"},
    {"FETCH 1 BINARY[1.TEXT]", "at 24: wanted part number only"},
    {"FETCH 1 BINARYX", "at 10: wanted fetch item"},
    {"FETCH 1 ()", "at 12: wanted fetch item"},
    {"FETCH 1 (SAVEDATE EMAILID THREADID PREVIEW)", "1:1 14 15 16 17"},
    {"FETCH 1 (PREVIEW (LAZY) UID)", "1:1 17 1"},
    {"UID FETCH 1:* FLAGS (PARTIAL -1:-30 CHANGEDSINCE 7)", "uid 1:0 0 since 7 partial -1:30"},
    {"UID FETCH 1:* FLAGS (PARTIAL 5:1)", "uid 1:0 0 partial 1:5"},
    {"UID FETCH 1:* FLAGS (PARTIAL -1:30)", "at 34: wanted both ends with a minus, or none"},
    {"UID FETCH 1:* FLAGS (PARTIAL 0:3)", "at 32: wanted number above 0"},
    {"FETCH 1:* FLAGS (PARTIAL 1:3)", "at 31: wanted UID FETCH beside PARTIAL"},
    {"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 0)", "uid 1:0 0 since 0"},
    {"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345 VANISHED)", "uid 1:0 0 since 12345 vanished"},
    {"FETCH 1:* (FLAGS) (CHANGEDSINCE 12345 VANISHED)",
     "at 49: wanted UID FETCH with CHANGEDSINCE beside VANISHED"},
    // search
    {"SEARCH ALL", "1(0)"},
    {"UID SEARCH 1:* NOT DELETED", "uid 1(41:0 3(6=\\Deleted))"},
    {"SEARCH RETURN (MIN COUNT) UNSEEN", "return mc 1(7=\\Seen)"},
    {"SEARCH RETURN () CHARSET utf-8 TEXT {3}\r\nabc", "return a UTF-8 1(13=abc)"},
    {"SEARCH RETURN (SAVE) $", "return s 1(4$)"},
    {"SEARCH OR FROM a OR TO b OR CC c BCC d", "1(2(11/From=a 11/To=b 11/Cc=c 11/Bcc=d))"},
    {"SEARCH (SEEN (UNSEEN) KEYWORD $x)", "1(1(6=\\Seen 1(7=\\Seen) 6=$x))"},
    {"SEARCH HEADER Message-ID \"<a@b>\"", "1(11/Message-ID=<a@b>)"},
    {"SEARCH HEADER X-Foo \"\"", "1(11/X-Foo)"},
    {"SEARCH SINCE 1-Feb-1994 BEFORE \"2-Feb-1994\"", "1(18d8797 16d8798)"},
    {"SEARCH LARGER 100 YOUNGER 3600", "1(14#100 23#3600)"},
    {"SEARCH MODSEQ \"/flags/\\\\draft\" all 620162338", "1(24#620162338)"},
    {"SEARCH MODSEQ 0", "1(24)"},
    {"SEARCH UID 1,5", "1(51:1,5:5)"},
    {"SEARCH FOO", "at 9: wanted search key"},
    {"SEARCH (ALL", "at 13: wanted \")\""},
    {"SEARCH OR ALL", "at 15: wanted space"},
    {"SEARCH SINCE 31-Feb-1994", "at 26: wanted date"},
    {"SEARCH SAVEDON 1-Feb-1994 SAVEDBEFORE 2-Feb-1994 SAVEDSINCE 3-Feb-1994", "1(26d8797 25d8798 27d8799)"},
    {"SEARCH SAVEDATESUPPORTED", "1(0)"},
    {"SEARCH EMAILID M12 THREADID T3", "1(28=M12 29=T3)"},
    {"SEARCH EMAILID \"M12\"", "at 17: wanted atom"},
    {"SEARCH FUZZY SUBJECT a FROM b", "1(11/Subject=a 11/From=b)"},
    {"SEARCH FUZZY", "at 14: wanted space"},
    {"SEARCH RETURN (RELEVANCY ALL) FUZZY (TEXT a)", "return ar 1(1(13=a))"},
    {"SEARCH RETURN (RELEVANCY) ALL", "at 31: wanted FUZZY beside RELEVANCY"},
    {"SEARCH RETURN (PARTIAL 1:100) ALL", "return  partial 1:100 1(0)"},
    {"UID SEARCH RETURN (SAVE PARTIAL -1:-100) SEEN", "uid return s partial -1:100 1(6=\\Seen)"},
    {"SEARCH RETURN (COUNT PARTIAL 500:400) ALL", "return c partial 400:500 reversed 1(0)"},
    {"SEARCH RETURN (PARTIAL 1:100 ALL) ALL", "at 35: wanted either ALL or PARTIAL"},
    {"SEARCH RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL", "at 36: wanted one PARTIAL"},
    {"SEARCH RETURN (PARTIAL) ALL", "at 24: wanted space"},
    {"SEARCH RETURN (FOO) ALL", "at 17: wanted search return option"},
    // sort and thread
    {"SORT (SUBJECT REVERSE DATE) UTF-8 ALL", "5 -2 UTF-8 1(0)"},
    {"uid sort return (min) (arrival) us-ascii seen", "uid return m 0 US-ASCII 1(6=\\Seen)"},
    {"SORT (CC FROM SIZE TO) UTF-8 1:3 TEXT \"x\"", "1 3 4 6 UTF-8 1(41:3 13=x)"},
    {"SORT RETURN () (DISPLAYFROM REVERSE DISPLAYTO) UTF-8 ALL", "return a 7 -8 UTF-8 1(0)"},
    {"SORT (RELEVANCY) UTF-8 FUZZY SUBJECT a", "9 UTF-8 1(11/Subject=a)"},
    {"SORT (RELEVANCY) UTF-8 ALL", "at 28: wanted FUZZY beside RELEVANCY"},
    {"SORT () UTF-8 ALL", "at 9: wanted sort key"},
    {"SORT (FOO) UTF-8 ALL", "at 8: wanted sort key"},
    {"SORT (REVERSE) UTF-8 ALL", "at 15: wanted space"},
    {"SORT (DATE) UTF-8", "at 19: wanted space"},
    {"THREAD REFERENCES UTF-8 SINCE 5-Mar-2000", "references UTF-8 1(18d11021)"},
    {"UID THREAD orderedsubject us-ascii text gewp", "uid subject US-ASCII 1(13=gewp)"},
    {"THREAD JWZ UTF-8 ALL", "at 9: wanted ORDEREDSUBJECT or REFERENCES"},
    {"THREAD REFERENCES UTF-8", "at 25: wanted space"},
};

TEST(ParseCommand, ReadsEveryCommand)
{
    for (const Row& row : rows)
        EXPECT_EQ(show(row.line), row.shown) << row.line;
}

TEST(ParseCommand, NestingOfSearchKeysIsBounded)
{
    const ParseOptions options{.depth = 5};
    EXPECT_TRUE(
        show("SEARCH " + std::string(4, '(') + "ALL" + std::string(4, ')'), options).starts_with("1("));
    EXPECT_EQ(show("SEARCH " + std::string(6, '(') + "ALL" + std::string(6, ')'), options),
              "at 14: wanted search keys less nested");
    std::string nots = "SEARCH";
    for (int i = 0; i < 20'000; ++i)
        nots += " NOT";
    EXPECT_TRUE(show(nots + " ALL").ends_with("wanted search keys less nested"));
}

TEST(ParseCommand, LongOrChainsAreNotNested)
{
    std::string line = "SEARCH";
    for (int i = 0; i < 1000; ++i)
        line += " OR FROM a";
    EXPECT_TRUE(show(line + " FROM b").starts_with("1(2("));
}

TEST(ParseCommand, SequenceSetsAndListsAreBounded)
{
    const ParseOptions options{.ranges = 3, .list_items = 3};
    EXPECT_EQ(show("COPY 1,2,3 x", options), "1:1,2:2,3:3|x");
    EXPECT_EQ(show("COPY 1,2,3,4 x", options), "at 14: wanted a shorter sequence set");
    EXPECT_EQ(show("STORE 1 FLAGS (a b c d)", options), "at 23: wanted a shorter list");
    EXPECT_EQ(show("SEARCH SEEN SEEN SEEN SEEN", options), "at 24: wanted fewer search keys");
}

TEST(ParseCommand, AnAppendWhoseMailboxIsALiteralIsIncomplete)
{
    const auto command = parse_command("a APPEND {5}", ParseOptions{});
    ASSERT_FALSE(command);
    EXPECT_TRUE(command.error().incomplete);
    const auto wrong = parse_command("a APPEND x (", ParseOptions{});
    ASSERT_FALSE(wrong);
    EXPECT_FALSE(wrong.error().incomplete);
}

TEST(ParseAppendStep, GoesOnBehindALiteralAsWhatItStoodInAsks)
{
    using Inside = AppendStep::Inside;
    const auto step = [](std::string_view bytes, Inside behind) {
        const auto read = parse_append_step(bytes, behind, ParseOptions{});
        return read ? show(*read) : read.error().text();
    };
    EXPECT_EQ(step("", Inside::whole), "");
    EXPECT_EQ(step(" (\\Seen) {9}", Inside::whole), "|\\Seen|0|9");
    EXPECT_EQ(step(")", Inside::whole), "at 0: wanted end of line");
    EXPECT_EQ(step(")", Inside::utf8), "");
    EXPECT_EQ(step(") UTF8 (~{3}", Inside::utf8), "||0|3u");
    EXPECT_EQ(step("", Inside::utf8), "at 0: wanted \")\"");
    EXPECT_EQ(step(")", Inside::catenate), "");
    EXPECT_EQ(step(" URL x TEXT {4}", Inside::catenate), "|url=x|4c");
    EXPECT_EQ(step(" URL x) {4}", Inside::catenate), "|url=x||0|4");
    EXPECT_EQ(step(" {4}", Inside::catenate), "at 1: wanted TEXT or URL");
    EXPECT_TRUE(parse_append_step(" URL {4}", Inside::catenate, ParseOptions{}).error().incomplete);
}

TEST(ParseCommand, MessagesAndUrlsOfOneAppendAreBounded)
{
    const ParseOptions options{.list_items = 3};
    EXPECT_EQ(show("APPEND x CATENATE (URL a URL b URL c)", options),
              "at 38: wanted fewer messages and URLs");
}

TEST(ParseCommand, NulIsRefusedOutsideLiteral8)
{
    using namespace std::string_view_literals;
    EXPECT_EQ(show("LOGIN \"a\0\" b"sv), "at 10: wanted text without CR, LF or NUL");
    EXPECT_EQ(show("LOGIN {1}\r\n\0 b"sv), "at 13: wanted literal without NUL");
    EXPECT_EQ(show("LOGIN a\0 b"sv), "at 9: wanted space");
}

TEST(ParseHead, ReadsTagAndVerbOfAnything)
{
    EXPECT_EQ(parse_head("a1 uid fetch !!").verb, "UID FETCH");
    EXPECT_EQ(parse_head("a1 XYZZY").verb, "XYZZY");
    EXPECT_EQ(parse_head("a1 XYZZY").tag, "a1");
    EXPECT_EQ(parse_head("a1").tag, "a1");
    EXPECT_EQ(parse_head("a1").verb, "");
    EXPECT_EQ(parse_head("a+1 NOOP").verb, "");
    EXPECT_EQ(parse_head("").tag, "");
    EXPECT_EQ(parse_head("GET / HTTP/1.1").verb, "");
}

TEST(ParseCommand, SurvivesAnyBytes)
{
    std::mt19937 random(11);
    for (int round = 0; round < 20'000; ++round) {
        std::string line = "t " + std::string(rows[random() % std::size(rows)].line);
        for (auto left = random() % 4; left > 0; --left) {
            const auto at = random() % line.size();
            if (random() % 2)
                line[at] = static_cast<char>(random());
            else
                line.erase(at, random() % 5);
            line += ' ';
        }
        const auto command = parse_command(line, ParseOptions{});
        if (!command) {
            EXPECT_LE(command.error().at, line.size());
            EXPECT_FALSE(command.error().wanted.empty());
        }
    }
}

} // namespace
} // namespace mansio::wire::imap
