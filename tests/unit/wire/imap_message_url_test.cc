#include "wire/imap/message_url.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace mansio::wire::imap {
namespace {

std::string show(std::string_view text)
{
    const auto url = parse_message_url(text);
    if (!url)
        return "no";
    std::string out = fmt::format("{}|{}|{}", url->mailbox, url->uid_validity.value_or(0), url->uid);
    out += fmt::format("|{}/{}/{}", fmt::join(url->section.part, "."),
                       static_cast<int>(url->section.specifier), fmt::join(url->section.fields, ","));
    if (url->partial)
        out += fmt::format("<{}.{}>", url->partial->offset, url->partial->length);
    return out;
}

struct Row {
    std::string_view url;
    std::string_view shown;
};

constexpr Row rows[] = {
    {"/INBOX;UIDVALIDITY=385759045/;UID=20/;SECTION=HEADER", "INBOX|385759045|20|/1/"},
    {"/inbox/;uid=20", "INBOX|0|20|/0/"},
    {"/Drafts/;UID=3002", "Drafts|0|3002|/0/"},
    {"/a/b%20c%3Bd/;UID=1/;SECTION=1.2.MIME", "a/b c;d|0|1|1.2/5/"},
    {"/L%C3%B6b/;UID=1", "Löb|0|1|/0/"},
    {"/x/;UID=1/;SECTION=HEADER.FIELDS%20(From%20To)", "x|0|1|/2/From,To"},
    {"/x/;UID=1/;PARTIAL=0.1024", "x|0|1|/0/<0.1024>"},
    {"/x/;UID=1/;SECTION=1/;PARTIAL=7", "x|0|1|1/0/<7.9223372036854775807>"},
    {";UID=4", "|0|4|/0/"},
    {"/;UID=4/;SECTION=2", "|0|4|2/0/"},
    {"", "no"},
    {"/x", "no"},
    {"/x/", "no"},
    {"/x/;UID=0", "no"},
    {"/x/;UID=1;UID=2", "no"},
    {"/x/;UID=4294967296", "no"},
    {"/x/;SECTION=1/;UID=1", "no"},
    {"/x/;UID=1/;SECTION=0", "no"},
    {"/x/;UID=1/;SECTION=1]x", "no"},
    {"/x/;UID=1/;PARTIAL=1.0", "no"},
    {"/x%zz/;UID=1", "no"},
    {"/x%4/;UID=1", "no"},
    {"/x%00/;UID=1", "no"},
    {"/x%0D%0Ay/;UID=1", "no"},
    {"/%FF/;UID=1", "no"},
    {"//other.example/x/;UID=1", "no"},
    {"imap://user@here.example/x/;UID=1", "no"},
    {"/x/;UID=1/;URLAUTH=anonymous", "no"},
};

TEST(MessageUrl, NamesAMessageOrAPieceOfOne)
{
    for (const Row& row : rows)
        EXPECT_EQ(show(row.url), row.shown) << row.url;
}

TEST(MessageUrl, IsBoundedInLength)
{
    EXPECT_EQ(show("/" + std::string(9000, 'x') + "/;UID=1"), "no");
}

} // namespace
} // namespace mansio::wire::imap
