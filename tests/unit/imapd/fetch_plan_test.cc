#include "imapd/fetch_plan.h"
#include "wire/imap/parse.h"

#include <gtest/gtest.h>

using namespace mansio;
using imapd::FetchPlan;
using Content = FetchPlan::Content;

namespace {

wire::imap::Fetch parse(std::string_view items, std::string_view modifier = {})
{
    const auto line = "a UID FETCH 1 (" + std::string(items) + ")" + std::string(modifier);
    auto command = wire::imap::parse_command(line, {});
    EXPECT_TRUE(command) << line;
    return std::get<wire::imap::Fetch>(command->body);
}

} // namespace

TEST(FetchPlan, ReadsNoMoreThanTheItemsNeed)
{
    struct Row {
        std::string_view items;
        Content content;
        bool forms;
        bool structure;
        bool sets_seen;
    };
    constexpr Row rows[] = {
        {"FLAGS UID RFC822.SIZE", Content::none, false, false, false},
        {"ENVELOPE", Content::none, true, false, false},
        {"BODYSTRUCTURE BODY", Content::none, true, false, false},
        {"BODY.PEEK[]", Content::whole, false, false, false},
        {"BODY[]", Content::whole, false, false, true},
        {"BODY[]<0.100>", Content::range, false, false, true},
        {"BODY[]<0.100> BODY[]<100.100>", Content::whole, false, false, true},
        {"BODY[]<0.100> BODY[HEADER]", Content::whole, false, false, true},
        {"BODY[HEADER] BODY[]<0.100>", Content::whole, false, false, true},
        {"BODY.PEEK[HEADER] RFC822.HEADER", Content::header, false, false, false},
        {"BODY.PEEK[HEADER.FIELDS (A)] ENVELOPE", Content::header, true, false, false},
        {"BODY.PEEK[HEADER]<0.5>", Content::header, false, false, false},
        {"BODY.PEEK[TEXT]<0.5>", Content::whole, false, false, false},
        {"BODY.PEEK[1]", Content::whole, false, true, false},
        {"BODY.PEEK[1]<0.9>", Content::whole, false, true, false},
        {"BINARY.PEEK[1]", Content::whole, false, true, false},
        {"BINARY.SIZE[1]", Content::whole, false, true, false},
        {"RFC822", Content::whole, false, false, true},
    };
    for (const Row& row : rows) {
        const auto plan = imapd::plan_fetch(parse(row.items));
        EXPECT_EQ(plan.content, row.content) << row.items;
        EXPECT_EQ(plan.forms, row.forms) << row.items;
        EXPECT_EQ(plan.structure, row.structure) << row.items;
        EXPECT_EQ(plan.sets_seen, row.sets_seen) << row.items;
    }
}

TEST(FetchPlan, TakesTheHeaderFromTheFormsWhereTheyHaveAllOfIt)
{
    EXPECT_TRUE(imapd::plan_fetch(parse("UID BODY.PEEK[HEADER.FIELDS (From Subject)] FLAGS")).common_fields);
    EXPECT_TRUE(imapd::plan_fetch(parse("BODY.PEEK[HEADER.FIELDS (DATE)] BODY[HEADER.FIELDS (TO)]<0.9>"))
                    .common_fields);
    for (const char* others :
         {"BODY.PEEK[HEADER]", "BODY.PEEK[HEADER.FIELDS (From Received)]",
          "BODY.PEEK[HEADER.FIELDS.NOT (From)]", "BODY.PEEK[1.HEADER.FIELDS (From)]",
          "BODY.PEEK[HEADER.FIELDS (From)] RFC822.HEADER", "BODY.PEEK[HEADER.FIELDS (From)] BODY[TEXT]"})
        EXPECT_FALSE(imapd::plan_fetch(parse(others)).common_fields) << others;
}

TEST(FetchPlan, AddsWhatTheCommandImplies)
{
    using Kind = wire::imap::FetchItem::Kind;
    const auto plain = imapd::plan_fetch(parse("FLAGS"));
    ASSERT_EQ(plain.items.size(), 2U);
    EXPECT_EQ(plain.items[0].kind, Kind::uid);
    EXPECT_FALSE(plain.mod_seq);
    const auto since = imapd::plan_fetch(parse("UID FLAGS", " (CHANGEDSINCE 5)"));
    ASSERT_EQ(since.items.size(), 3U);
    EXPECT_EQ(since.items[2].kind, Kind::mod_seq);
    EXPECT_TRUE(since.mod_seq);
}

TEST(SectionLabel, SaysWhatWasAskedFor)
{
    constexpr std::pair<std::string_view, std::string_view> rows[] = {
        {"BODY.PEEK[]", "BODY[]"},
        {"BODY[]<7.5>", "BODY[]<7>"},
        {"BODY[1.2.MIME]", "BODY[1.2.MIME]"},
        {"BODY[HEADER.FIELDS (From \"x y\")]", "BODY[HEADER.FIELDS (From \"x y\")]"},
        {"BODY[3.HEADER.FIELDS.NOT (A)]<1.2>", "BODY[3.HEADER.FIELDS.NOT (A)]<1>"},
        {"BINARY.PEEK[1]<2.3>", "BINARY[1]<2>"},
        {"BINARY.SIZE[4]", "BINARY.SIZE[4]"},
    };
    for (const auto& [items, label] : rows)
        EXPECT_EQ(imapd::section_label(parse(items).items[0]), label);
}
