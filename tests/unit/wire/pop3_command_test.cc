#include "wire/pop3/command.h"

#include <array>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>

namespace pop3 = mansio::wire::pop3;

namespace {

struct Row {
    std::string_view name;
    std::string_view input;
    std::string shown;
};

template <class T, class Show>
std::string show(const pop3::Parsed<T>& parsed, Show text)
{
    return parsed ? text(*parsed) : "error: " + std::string(parsed.error().text);
}

std::string shown_line(std::string_view line)
{
    const auto parsed = pop3::parse_command(line);
    return show(parsed,
                [](const auto& command) { return fmt::format("{}|{}", command.verb, command.arguments); });
}

} // namespace

TEST(Pop3CommandLine, IsCutAtTheFirstSpace)
{
    using namespace std::string_view_literals;
    const Row rows[] = {
        {"bare verb", "STAT", "STAT|"},
        {"lower case is kept", "stat", "stat|"},
        {"one argument", "RETR 1", "RETR|1"},
        {"spaces after an argument go", "RETR 1   ", "RETR|1"},
        {"space after a verb goes", "LIST ", "LIST|"},
        {"spaces of a password stay", "PASS  two words ", "PASS| two words "},
        {"8-bit bytes pass", "USER j\xc3\xb6rg", "USER|j\xc3\xb6rg"},
        {"empty line", "", "error: A command was expected"},
        {"space first", " STAT", "error: A command was expected"},
        {"NUL", "RETR\0 1"sv, "error: Control characters are not allowed"},
        {"bare CR", "NOOP\rQUIT", "error: Control characters are not allowed"},
        {"tab", "RETR\t1", "error: Control characters are not allowed"},
        {"DEL", "NOOP\x7f", "error: Control characters are not allowed"},
    };
    for (const Row& row : rows)
        EXPECT_EQ(shown_line(row.input), row.shown) << row.name;
}

TEST(Pop3CommandLine, TakesNoArgumentWhereNoneIsMeant)
{
    EXPECT_TRUE(pop3::parse_nothing(""));
    EXPECT_TRUE(pop3::parse_nothing("  "));
    EXPECT_FALSE(pop3::parse_nothing("1"));
}

TEST(Pop3MessageNumber, CountsFromOneInDigitsOnly)
{
    const Row rows[] = {
        {"one", "1", "1"},
        {"largest", "4294967295", "4294967295"},
        {"leading zeroes", "007", "7"},
        {"zero", "0", "error: This is not a message number"},
        {"too large", "4294967296", "error: This is not a message number"},
        {"far too large", "99999999999999999999999", "error: This is not a message number"},
        {"negative", "-1", "error: This is not a message number"},
        {"plus", "+1", "error: This is not a message number"},
        {"two numbers", "1 2", "error: This is not a message number"},
        {"word", "one", "error: This is not a message number"},
        {"nothing", "", "error: A message number was expected"},
    };
    const auto number = [](std::uint32_t value) { return std::to_string(value); };
    for (const Row& row : rows)
        EXPECT_EQ(show(pop3::parse_message(row.input), number), row.shown) << row.name;
}

TEST(Pop3MessageNumber, MayBeLeftOutOfListAndUidl)
{
    EXPECT_EQ(*pop3::parse_optional_message(""), std::nullopt);
    EXPECT_EQ(*pop3::parse_optional_message("12"), 12u);
    EXPECT_FALSE(pop3::parse_optional_message("0"));
    EXPECT_FALSE(pop3::parse_optional_message("1 2"));
}

TEST(Pop3Top, WantsAMessageAndANumberOfLines)
{
    const Row rows[] = {
        {"header alone", "1 0", "1 0"},
        {"ten lines", "3 10", "3 10"},
        {"two spaces", "3  10", "3 10"},
        {"more lines than can be counted", "3 99999999999999999999999", "3 18446744073709551615"},
        {"no lines", "3", "error: A number of lines was expected"},
        {"negative lines", "3 -1", "error: A number of lines was expected"},
        {"a third argument", "3 1 2", "error: A number of lines was expected"},
        {"message zero", "0 1", "error: This is not a message number"},
        {"nothing", "", "error: A message number was expected"},
    };
    const auto text = [](const pop3::TopCommand& top) {
        return fmt::format("{} {}", top.message, top.lines);
    };
    for (const Row& row : rows)
        EXPECT_EQ(show(pop3::parse_top(row.input), text), row.shown) << row.name;
}

TEST(Pop3LoginWord, IsTheRestOfTheLineInUtf8)
{
    const auto same = [](const std::string& word) { return word; };
    EXPECT_EQ(show(pop3::parse_login_word("a b "), same), "a b ");
    EXPECT_EQ(show(pop3::parse_login_word("j\xc3\xb6rg"), same), "j\xc3\xb6rg");
    EXPECT_EQ(show(pop3::parse_login_word(""), same), "error: An argument was expected");
    EXPECT_EQ(show(pop3::parse_login_word("j\xf6rg"), same), "error: The argument is not UTF-8");
}

TEST(Pop3Apop, TakesANameAndADigest)
{
    const auto text = [](const pop3::ApopCommand& apop) { return apop.name + "|" + apop.digest; };
    const Row rows[] = {
        {"of the rfc", "mrose c4c9334bac560ecc979e58001b3e22fb", "mrose|c4c9334bac560ecc979e58001b3e22fb"},
        {"capitals", "mrose C4C9334BAC560ECC979E58001B3E22FB", "mrose|c4c9334bac560ecc979e58001b3e22fb"},
        {"short digest", "mrose c4c9", "error: The digest must be 32 hexadecimal digits"},
        {"not hex", "mrose x4c9334bac560ecc979e58001b3e22fb",
         "error: The digest must be 32 hexadecimal digits"},
        {"name alone", "mrose", "error: A name and a digest were expected"},
        {"nothing", "", "error: A name and a digest were expected"},
    };
    for (const Row& row : rows)
        EXPECT_EQ(show(pop3::parse_apop(row.input), text), row.shown) << row.name;
}

TEST(Pop3Auth, TakesAMechanismAndMaybeAnInitialResponse)
{
    const auto text = [](const pop3::AuthCommand& auth) {
        return auth.mechanism + (auth.initial_response ? "|" + *auth.initial_response : "");
    };
    const Row rows[] = {
        {"list", "", ""},
        {"mechanism", "plain", "PLAIN"},
        {"with response", "PLAIN AHRpbQB0YW5zdGFhZg==", "PLAIN|AHRpbQB0YW5zdGFhZg=="},
        {"two spaces between", "PLAIN  AHRpbQ==", "PLAIN|AHRpbQ=="},
        {"empty response", "EXTERNAL =", "EXTERNAL|="},
        {"third argument", "PLAIN a b", "error: AUTH takes two arguments at most"},
        {"odd mechanism", "PLA/IN", "error: This is not a mechanism name"},
        {"21 letters", "ABCDEFGHIJKLMNOPQRSTU", "error: This is not a mechanism name"},
    };
    for (const Row& row : rows)
        EXPECT_EQ(show(pop3::parse_auth(row.input), text), row.shown) << row.name;
}

TEST(Pop3Lang, TakesARangeOrNothing)
{
    const auto text = [](const std::optional<std::string>& range) { return range.value_or("(list)"); };
    EXPECT_EQ(show(pop3::parse_lang(""), text), "(list)");
    EXPECT_EQ(show(pop3::parse_lang("*"), text), "*");
    EXPECT_EQ(show(pop3::parse_lang("EN-gb"), text), "en-gb");
    EXPECT_EQ(show(pop3::parse_lang("de fr"), text), "error: This is not a language range");
    EXPECT_EQ(show(pop3::parse_lang("*-CH"), text), "error: This is not a language range");
}

TEST(Pop3Lang, FindsTheNearestOfferedTag)
{
    constexpr std::array<std::string_view, 2> offered = {"en", "de-CH"};
    const auto match = [&](std::string_view range) {
        return pop3::match_language(range, offered.data(), offered.size()).value_or("(none)");
    };
    EXPECT_EQ(match("*"), "en");
    EXPECT_EQ(match("en"), "en");
    EXPECT_EQ(match("en-gb-scouse"), "en");
    EXPECT_EQ(match("de-ch"), "de-CH");
    EXPECT_EQ(match("de"), "(none)");
    EXPECT_EQ(match("mul"), "(none)");
}
