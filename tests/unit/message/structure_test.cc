#include "message/structure.h"

#include "message/imap_form.h"

#include <gtest/gtest.h>

namespace mansio::message::test {

namespace {

/// "type/subtype[body]" of each part, nested.
std::string show(std::string_view message, const Structure& structure, std::uint32_t index = 0)
{
    const Part& part = structure.parts[index];
    std::string out = part.type + "/" + part.subtype;
    if (part.kind == PartKind::single)
        return out + "[" + std::string(message.substr(part.body_begin, part.body_size())) + "]";
    out += "(";
    for (std::uint32_t child : structure.children(index))
        out += show(message, structure, child) + " ";
    if (out.ends_with(' '))
        out.pop_back();
    return out + ")";
}

struct Row {
    std::string_view name, message, shown;
};

#define MULTI "Content-Type: multipart/mixed; boundary=b\n\n"

constexpr Row rows[] = {
    {"no header", "\nhello\n", "text/plain[hello\n]"},
    {"empty", "", "text/plain[]"},
    {"two parts", MULTI "pre\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\npost\n",
     "multipart/mixed(text/plain[one] text/html[two])"},
    {"not closed", MULTI "--b\n\none\n", "multipart/mixed(text/plain[one\n])"},
    {"no boundary parameter", "Content-Type: multipart/mixed\n\n--b\n\none\n", "multipart/mixed()"},
    {"no boundary line", MULTI "nothing\n", "multipart/mixed()"},
    {"prefix is enough", MULTI "--bb\n\none\n--b--", "multipart/mixed(text/plain[one])"},
    {"header without end", MULTI "--b\nContent-Type: text/html\n--b--\n", "multipart/mixed(text/html[])"},
    {"digest", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\nhi\n--b--\n",
     "multipart/digest(message/rfc822(text/plain[hi]))"},
    {"digest with a type",
     "Content-Type: multipart/digest; boundary=b\n\n--b\nContent-Type: text/html\n\nhi\n--b--\n",
     "multipart/digest(text/html[hi])"},
    {"message", "Content-Type: message/rfc822\n\nContent-Type: text/html\n\nhi\n",
     "message/rfc822(text/html[hi\n])"},
    {"outer boundary ends inner",
     "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n"
     "--i\n\none\n--o\n\ntwo\n--o--\n",
     "multipart/mixed(multipart/mixed(text/plain[one]) text/plain[two])"},
    {"boundaries that extend each other",
     "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=oi\n\n"
     "--oi\n\none\n--oi--\n--o--\n",
     "multipart/mixed(multipart/mixed(text/plain[one]))"},
    {"after the end", MULTI "--b\n\none\n--b--\n--b\n\ntwo\n", "multipart/mixed(text/plain[one])"},
    {"type with junk", "Content-Type: text/html charset=x\n\nhi", "text/plain[hi]"},
    {"type without slash", "Content-Type: text\n\nhi", "text/plain[hi]"},
    {"first type counts", "Content-Type: text/html\nContent-Type: text/css\n\nhi", "text/html[hi]"},
};

} // namespace

TEST(Structure, FindsThePartsOfOddMessages)
{
    for (const Row& row : rows)
        EXPECT_EQ(show(row.message, parse_structure(row.message)), row.shown) << row.name;
}

TEST(Structure, CountsLinesOfABody)
{
    std::string_view message = MULTI "--b\r\n\r\none\r\ntwo\r\n--b\r\n\r\n\r\n--b--\r\n";
    Structure structure = parse_structure(message);
    EXPECT_EQ(structure.parts[1].body_lines, 1u);
    EXPECT_EQ(structure.parts[1].body_size(), 8u);
    EXPECT_EQ(structure.parts[2].body_lines, 0u);
}

TEST(Structure, KeepsParentsBeforeChildrenAndPartsInsideTheirParents)
{
    for (const Row& row : rows) {
        Structure structure = parse_structure(row.message);
        for (std::size_t i = 1; i < structure.parts.size(); ++i) {
            const Part& part = structure.parts[i];
            ASSERT_LT(part.parent, i) << row.name;
            const Part& parent = structure.parts[part.parent];
            EXPECT_LE(parent.body_begin, part.header_begin) << row.name;
            EXPECT_LE(part.header_begin, part.header_end) << row.name;
            EXPECT_LE(part.header_end, part.body_begin) << row.name;
            EXPECT_LE(part.body_begin, part.body_end) << row.name;
            EXPECT_LE(part.body_end, parent.body_end) << row.name;
        }
    }
}

TEST(Structure, StopsAtItsDepth)
{
    std::string message;
    for (int i = 0; i < 500; ++i)
        message += "Content-Type: message/rfc822\r\n\r\n";
    Structure structure = parse_structure(message);
    EXPECT_TRUE(structure.truncated);
    EXPECT_EQ(structure.parts.size(), StructureLimits{}.depth);
    EXPECT_EQ(structure.parts.back().type, "application");
}

TEST(Structure, StopsAtItsNumberOfParts)
{
    std::string message = MULTI;
    for (int i = 0; i < 5000; ++i)
        message += "--b\r\n\r\nx\r\n";
    Structure structure = parse_structure(message);
    EXPECT_TRUE(structure.truncated);
    EXPECT_EQ(structure.parts.size(), StructureLimits{}.parts);
    EXPECT_EQ(structure.root().body_end, message.size());
}

struct ValueRow {
    std::string_view value, shown;
};

constexpr ValueRow values[] = {
    {"Text/HTML; Charset=\"utf-8\"", "text/html charset=utf-8"},
    {" text / plain ; a=b", "text/plain a=b"},
    {"text/plain; a=\"x\\\"y\"; b=z (comment); c", "text/plain a=x\"y b=z"},
    {"text/plain;; a=b;", "text/plain a=b"},
    {"text/plain; name=a[1].txt", "text/plain name=a[1].txt"},
    {"text/plain; a=\"never closed", "text/plain a=never closed"},
    {"(c) text/(d)plain(e)", "text/plain"},
    {"", "/"},
    {"text/", "/"},
    {"/plain", "/"},
};

TEST(Structure, KeepsAnEmptyPartInsideItsParent)
{
    for (const std::string end : {"no empty line\r\n", "an empty line\r\n\r\n"}) {
        const Structure structure =
            parse_structure("Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n" + end + "--d--\r\n");
        for (const Part& part : structure.parts) {
            if (part.parent == Part::none)
                continue;
            EXPECT_LE(structure.parts[part.parent].body_begin, part.header_begin) << end;
            EXPECT_LE(part.body_end, structure.parts[part.parent].body_end) << end;
        }
        EXPECT_EQ(structure.parts.size(), 3U);
    }
}

TEST(ContentType, ReadsLeniently)
{
    for (const ValueRow& row : values) {
        TypedValue value = parse_content_type(row.value);
        std::string shown = value.type + "/" + value.subtype;
        for (const Parameter& parameter : value.parameters)
            shown += " " + parameter.name + "=" + parameter.value;
        EXPECT_EQ(shown, row.shown) << row.value;
    }
}

TEST(ImapForm, OfAPlainMessage)
{
    ImapForms forms =
        make_imap_forms("Subject: a \"b\" \\\r\nFrom: X Y <x@y.example>\r\nTo: g: a@b, c@d;\r\n\r\nhi\r\n");
    EXPECT_EQ(forms.envelope,
              R"((NIL "a \"b\" \\" (("X Y" NIL "x" "y.example")) (("X Y" NIL "x" "y.example")) )"
              R"((("X Y" NIL "x" "y.example")) ((NIL NIL "g" NIL)(NIL NIL "a" "b")(NIL NIL "c" "d"))"
              R"((NIL NIL NIL NIL)) NIL NIL NIL NIL))");
    EXPECT_EQ(forms.body, R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 1))");
    EXPECT_EQ(forms.body_structure,
              R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 1 NIL NIL NIL NIL))");
}

TEST(ImapForm, HasNoEightBitInQuotes)
{
    std::string form = envelope_form("Subject: Gr\xc3\xbc\xc3\x9f\x65\nFrom: \xfc <\xfc@b>\n\n");
    EXPECT_EQ(
        form,
        R"((NIL "=?utf-8?B?R3LDvMOfZQ==?=" (("=?unknown-8bit?Q?=FC?=" NIL "=?unknown-8bit?Q?=FC?=" "b")) )"
        R"((("=?unknown-8bit?Q?=FC?=" NIL "=?unknown-8bit?Q?=FC?=" "b")) )"
        R"((("=?unknown-8bit?Q?=FC?=" NIL "=?unknown-8bit?Q?=FC?=" "b")) NIL NIL NIL NIL NIL))");
    std::string body = make_imap_forms("Content-Type: image/png; name=\"\xc3\xbc\"\n\n").body;
    EXPECT_EQ(body, "(\"image\" \"png\" (\"name\" {2}\r\n\xc3\xbc) NIL NIL \"7bit\" 0)");
}

TEST(ImapForm, IsStoredAndReadBack)
{
    ImapForms forms{"(1)", "(2)", "(3)"};
    std::string packed = pack(forms);
    auto back = unpack_imap_forms(packed);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->envelope, "(1)");
    EXPECT_EQ(back->body_structure, "(3)");
    for (std::size_t i = 0; i < packed.size(); ++i)
        EXPECT_FALSE(unpack_imap_forms(packed.substr(0, i)));
    EXPECT_FALSE(unpack_imap_forms(packed + "x"));
}

} // namespace mansio::message::test
