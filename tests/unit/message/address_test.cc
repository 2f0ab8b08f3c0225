#include "message/address.h"

#include <gtest/gtest.h>

namespace mansio::message::test {

namespace {

/// "name|route|mailbox|host" of each entry; "-" for absent, "!" behind broken ones.
std::string show(const std::vector<Address>& list)
{
    std::string out;
    for (const Address& entry : list) {
        if (!out.empty())
            out += ", ";
        if (entry.kind == Address::Kind::group_start)
            out += "{" + *entry.mailbox;
        else if (entry.kind == Address::Kind::group_end)
            out += "}";
        else
            out += entry.name.value_or("-") + "|" + entry.route.value_or("-") + "|" +
                   entry.mailbox.value_or("-") + "|" + entry.host.value_or("-") + (entry.broken ? "!" : "");
    }
    return out;
}

struct Row {
    std::string_view value, shown;
};

constexpr Row rows[] = {
    {"a@b", "-|-|a|b"},
    {"<a@b>", "-|-|a|b"},
    {"Joe Q. Public <john.q.public@example.com>", "Joe Q. Public|-|john.q.public|example.com"},
    {"\"Giant; \\\"Big\\\" Box\" <sys@example.net>", "Giant; \"Big\" Box|-|sys|example.net"},
    {"a@b (Name)", "Name|-|a|b"},
    {"a@b, c@d", "-|-|a|b, -|-|c|d"},
    {"a@b,, c@d,", "-|-|a|b, -|-|c|d"},
    {"Group: a@b, X <c@d>;", "{Group, -|-|a|b, X|-|c|d, }"},
    {"undisclosed-recipients:;", "{undisclosed-recipients, }"},
    {"Group: a@b", "{Group, -|-|a|b, }"},
    {"A: a@b; B: c@d; e@f", "{A, -|-|a|b, }, {B, -|-|c|d, }, -|-|e|f"},
    {"a@b; c@d", "-|-|a|b, -|-|c|d"},
    {"<@x,@y:a@b>", "-|@x,@y|a|b"},
    {"\"a b\"@c", "-|-|a b|c"},
    {"a@[192.0.2.1]", "-|-|a|[192.0.2.1]"},
    {"a . b @ c . d", "-|-|a.b|c.d"},
    {"=?utf-8?Q?J=C3=B6rg?= <j@x>", "=?utf-8?Q?J=C3=B6rg?=|-|j|x"},
    {"=?utf-8?Q?a,b?= <j@x>", "-|-|=?utf-8?Q?a|-!, b?=|-|j|x"},
    {"just a name", "-|-|just a name|-!"},
    {"Name <>", "Name|-|-|-!"},
    {"Name <a@b", "Name|-|a|b!"},
    {"a@b@c", "-|-|a@b|c!"},
    {"Name <a@b> trailing", "Name|-|a|b!"},
    {"a b@c", "-|-|a b|c!"},
    {"", ""},
    {" , ; ", ""},
    {"\"never closed <a@b>", "-|-|never closed <a@b>|-!"},
    {"(only a comment", ""},
};

} // namespace

TEST(AddressList, ReadsLeniently)
{
    for (const Row& row : rows)
        EXPECT_EQ(show(parse_address_list(row.value)), row.shown) << row.value;
}

TEST(AddressList, StopsAtItsMaximumWithGroupsClosed)
{
    auto list = parse_address_list("g: a@b, c@d, e@f, g@h;", 3);
    EXPECT_EQ(show(list), "{g, -|-|a|b, }");
}

TEST(Mailbox, IsOneWellFormedAddressOnly)
{
    EXPECT_EQ(parse_mailbox(" Joe <joe@example.com> ")->address(), "joe@example.com");
    for (std::string_view bad :
         {"", "joe", "a@b, c@d", "g: a@b;", "a@b@c", "a@b <c@d> e@f", "Joe <joe@example.com",
          "joe\x01@example.com", "joe@example\x7f.com", "joe@[192.0.2.1 a@b, c", "joe@[a@b]", "joe@\" e"})
        EXPECT_FALSE(parse_mailbox(bad)) << bad;
}

TEST(Mailboxes, LeavesGroupsAndFragmentsOut)
{
    EXPECT_EQ(show(parse_mailboxes("g: a@b, junk;, c@d")), "-|-|a|b, -|-|c|d");
}

TEST(FormatMailbox, QuotesAndEncodes)
{
    EXPECT_EQ(format_mailbox("", "a@b"), "a@b");
    EXPECT_EQ(format_mailbox("Joe", "a@b"), "Joe <a@b>");
    EXPECT_EQ(format_mailbox("Q. Public", "a b@c"), "\"Q. Public\" <\"a b\"@c>");
    EXPECT_EQ(format_mailbox("J\xc3\xb6rg", "j@x"), "=?utf-8?B?SsO2cmc=?= <j@x>");
    auto back = parse_mailbox(format_mailbox("a \"b\" \\", "x y@z"));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back->name, "a \"b\" \\");
    EXPECT_EQ(*back->mailbox, "x y");
}

} // namespace mansio::message::test
