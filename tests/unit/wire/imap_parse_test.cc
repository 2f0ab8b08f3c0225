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
        return fmt::format("{}|{}|{}{}{}{}{}|{}{}{}|{}", x.reference, fmt::join(x.patterns, ","),
                           x.extended ? "e" : "", x.select.subscribed ? "s" : "", x.select.remote ? "r" : "",
                           x.select.recursive_match ? "m" : "", x.select.special_use ? "u" : "",
                           x.returns.subscribed ? "s" : "", x.returns.children ? "c" : "",
                           x.returns.special_use ? "u" : "", x.returns.status.size());
    }
    std::string operator()(const Lsub& x) const { return x.reference + "|" + x.pattern; }
    std::string operator()(const Append& x) const
    {
        return fmt::format("{}|{}|{}|{}{}", x.mailbox, fmt::join(x.flags, " "), x.internal_date.value_or(0),
                           x.size, x.wrapping == Append::Wrapping::utf8 ? "u" : "");
    }
    std::string operator()(const Expunge& x) const { return x.uids ? show(*x.uids) : "all"; }
    std::string operator()(const Search& x) const
    {
        std::string out = x.numbering == Numbering::uid ? "uid " : "";
        if (x.returns)
            out += fmt::format("return {}{}{}{}{} ", x.returns->min ? "m" : "", x.returns->max ? "M" : "",
                               x.returns->all ? "a" : "", x.returns->count ? "c" : "",
                               x.returns->save ? "s" : "");
        if (!x.charset.empty())
            out += x.charset + " ";
        return out + show(x.key);
    }
    std::string operator()(const Fetch& x) const
    {
        std::string out = (x.numbering == Numbering::uid ? "uid " : "") + show(x.set);
        for (const FetchItem& item : x.items)
            out += " " + show(item);
        if (x.changed_since)
            out += fmt::format(" since {}", *x.changed_since);
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
    // append
    {"APPEND INBOX {12}", "INBOX||0|12"},
    {"APPEND INBOX (\\Seen $x) \"17-Jul-1996 02:44:25 -0700\" {12+}", "INBOX|\\Seen $x|837596665|12"},
    {"APPEND {5}\r\na b c () ~{7}", "a b c||0|7"},
    {"APPEND x UTF8 (~{7+}", "x||0|7u"},
    {"APPEND x \"text\"", "at 17: wanted date-time"},
    {"APPEND x (\\Seen]) {1}", "x|\\Seen_|0|1"},
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
