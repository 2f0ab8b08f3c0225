#include "config/describe.h"
#include "config/nearest.h"
#include "config/sections.h"
#include "config/value_text.h"

#include <gtest/gtest.h>

#include <set>

namespace mansio::config {
namespace {

TEST(SettingsTable, HasAReasonAndADefaultInRangeForEverySetting)
{
    for (const Section& section : sections()) {
        std::set<std::string_view> keys;
        for (const Row& row : section.rows) {
            EXPECT_TRUE(keys.insert(row.key).second) << section.name << "." << row.key << " twice";
            EXPECT_TRUE(row.reason.ends_with('.')) << section.name << "." << row.key;
            const Value value = row.get(section.defaults);
            if (const auto* number = std::get_if<std::uint64_t>(&value)) {
                EXPECT_GE(*number, row.min) << section.name << "." << row.key;
                EXPECT_LE(*number, row.max) << section.name << "." << row.key;
            }
        }
    }
}

TEST(SettingsTable, ReadsBackItsOwnDump)
{
    auto settings = parse(
        "[server]\nhostname = \"a.test\"\n[[listener]]\nprotocol = \"imap\"\n"
        "[[listener]]\nprotocol = \"lmtp\"\npath = \"/s\"\n"
        "[tls]\ncertificate = \"/c\"\nkey = \"/k\"\n[[tls.extra]]\ncertificate = \"/d\"\nkey = \"/e\"\n",
        "/f");
    ASSERT_TRUE(settings) << settings.error().cause;
    settings->smtp.banner = "a \"quoted\" \\ banner";
    settings->relay.lifetime = std::chrono::hours(25);
    settings->store.cache = 5000 * 1024;
    const std::string text = dump(*settings);
    const auto again = parse(text, "/f");
    ASSERT_TRUE(again) << again.error().cause << text;
    EXPECT_EQ(dump(*again), text);
    EXPECT_EQ(again->smtp.banner, settings->smtp.banner);
    EXPECT_EQ(again->relay.lifetime, settings->relay.lifetime);
}

TEST(SettingsTable, KeepsSecretsOutOfTheDump)
{
    Settings settings;
    settings.relay.smarthost_password = "hunter2";
    EXPECT_EQ(dump(settings).find("hunter2"), std::string::npos);
    EXPECT_NE(dump(settings).find("smarthost-password = \"***\""), std::string::npos);
}

TEST(Describe, ShowsEverySettingInBothForms)
{
    for (const DescribeAs form : {DescribeAs::text, DescribeAs::markdown}) {
        const std::string shown = describe(form);
        for (const Section& section : sections())
            for (const Row& row : section.rows)
                EXPECT_NE(shown.find(std::string(row.key)), std::string::npos) << row.key;
    }
}

TEST(Sizes, AreReadAndShown)
{
    EXPECT_EQ(parse_size("50MiB"), 50u << 20);
    EXPECT_EQ(parse_size("50mib"), 50u << 20);
    EXPECT_EQ(parse_size("4096"), 4096u);
    for (const std::string_view bad : {"", "MiB", "5MB", "5 MiB", "-5MiB", "1.5MiB", "99999999999TiB"})
        EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
    EXPECT_EQ(format_size(50u << 20), "50MiB");
    EXPECT_EQ(format_size(1025), "1025B");
    EXPECT_EQ(format_size(0), "0");
}

TEST(Durations, AreReadAndShown)
{
    EXPECT_EQ(parse_duration("250ms"), 250u);
    EXPECT_EQ(parse_duration("5d"), 5u * 86'400'000);
    EXPECT_EQ(parse_duration("0s"), 0u);
    for (const std::string_view bad : {"", "5", "s", "5 s", "-5s", "5w", "99999999999999999999s"})
        EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
    EXPECT_EQ(format_duration(90'000), "90s");
    EXPECT_EQ(format_duration(1500), "1500ms");
    EXPECT_EQ(format_duration(0), "0s");
}

TEST(Nearest, FindsSlipsAndNothingElse)
{
    const std::string_view keys[] = {"max-recipients", "max-errors", "banner"};
    EXPECT_EQ(nearest("max-recipeints", keys), "max-recipients");
    EXPECT_EQ(nearest("baner", keys), "banner");
    EXPECT_EQ(nearest("hostname", keys), "");
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
    EXPECT_EQ(edit_distance("ab", "ba"), 1u);
}

} // namespace
} // namespace mansio::config
