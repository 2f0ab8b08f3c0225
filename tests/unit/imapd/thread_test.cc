#include "imapd/thread_algorithms.h"

#include "base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mansio::imapd::test {

namespace {

struct Mail {
    std::uint32_t number = 0;
    std::string id;
    std::string references; ///< divided by spaces, the oldest first
    std::string subject;
    bool is_reply = false;
    base::Seconds sent = 0;
};

struct Row {
    std::string_view name;
    std::vector<Mail> mails;
    std::string_view threads;
};

ThreadInput input_of(const std::vector<Mail>& mails)
{
    ThreadInput input;
    for (const Mail& mail : mails) {
        std::vector<std::string> references;
        for (const std::string_view id : base::split(mail.references, ' '))
            if (!id.empty())
                references.emplace_back(id);
        input.add({.number = mail.number,
                   .sent = mail.sent,
                   .message_id = mail.id,
                   .references = references,
                   .subject = mail.subject,
                   .is_reply = mail.is_reply});
    }
    return input;
}

std::string show(const ThreadTree& tree)
{
    std::string out;
    for (const std::uint32_t root : tree.roots())
        write_thread(out, tree, root);
    return out;
}

const std::vector<Row>& by_references()
{
    static const std::vector<Row> rows = {
        {"nothing", {}, ""},
        {"the tree of rfc5256#4",
         {{2, "2", "", "a", false, 1},
          {3, "3", "", "b", false, 2},
          {6, "6", "3", "", false, 3},
          {4, "4", "3 6", "", false, 4},
          {23, "23", "4", "", false, 5},
          {44, "44", "6", "", false, 6},
          {7, "7", "44", "", false, 7},
          {96, "96", "7", "", false, 8}},
         "(2)(3 6 (4 23)(44 7 96))"},
        {"two of a parent that is not there",
         {{3, "3", "x", "", false, 1}, {5, "5", "x", "", false, 2}},
         "((3)(5))"},
        {"one of a parent that is not there", {{3, "3", "x", "", false, 1}}, "(3)"},
        {"ancestors that are not there",
         {{1, "1", "x y", "", false, 1}, {2, "2", "x z", "", false, 2}},
         "((1)(2))"},
        {"a loop", {{1, "a", "b", "", false, 1}, {2, "b", "a", "", false, 2}}, "(2 1)"},
        {"a longer loop",
         {{1, "a", "c", "", false, 1}, {2, "b", "a", "", false, 2}, {3, "c", "b", "", false, 3}},
         "(3 1 2)"},
        {"an answer to itself", {{1, "a", "a", "", false, 1}}, "(1)"},
        {"one id twice",
         {{1, "a", "", "", false, 1}, {2, "a", "", "", false, 2}, {3, "c", "a", "", false, 3}},
         "(1 3)(2)"},
        {"no id at all",
         {{1, "", "", "", false, 1}, {2, "", "a", "", false, 2}, {3, "a", "", "", false, 3}},
         "(1)(3 2)"},
        {"shortened references",
         {{1, "d", "a c", "", false, 1},
          {2, "c", "a b", "", false, 2},
          {3, "a", "", "", false, 3},
          {4, "b", "a", "", false, 4}},
         "(3 4 2 1)"},
        {"a parent that others guessed",
         {{1, "c", "a b", "", false, 1}, {2, "b", "", "", false, 2}, {3, "a", "", "", false, 3}},
         "(2 1)(3)"},
        {"a reply by its subject", {{1, "1", "", "s", false, 1}, {2, "2", "", "s", true, 2}}, "(1 2)"},
        {"a reply older than the first", {{1, "1", "", "s", true, 1}, {2, "2", "", "s", false, 2}}, "(2 1)"},
        {"two with one subject", {{1, "1", "", "s", false, 1}, {2, "2", "", "s", false, 2}}, "((1)(2))"},
        {"three with one subject",
         {{1, "1", "", "s", false, 1}, {2, "2", "", "s", false, 2}, {3, "3", "", "s", false, 3}},
         "((1)(2)(3))"},
        {"two replies with one subject",
         {{1, "1", "", "s", true, 1}, {2, "2", "", "s", true, 2}},
         "((1)(2))"},
        {"two pairs with one subject",
         {{1, "1", "x", "s", false, 1},
          {2, "2", "x", "s", false, 2},
          {3, "3", "y", "s", false, 3},
          {4, "4", "y", "s", false, 4}},
         "((1)(2)(3)(4))"},
        {"a pair and one with its subject",
         {{1, "1", "", "s", false, 1}, {2, "2", "x", "s", false, 2}, {3, "3", "x", "s", false, 3}},
         "((1)(2)(3))"},
        {"no subject", {{1, "1", "", "", false, 1}, {2, "2", "", "", false, 2}}, "(1)(2)"},
        {"by date, then by number",
         {{1, "1", "", "", false, 7}, {2, "2", "", "", false, 5}, {3, "3", "", "", false, 5}},
         "(2)(3)(1)"},
        {"children by date",
         {{1, "1", "", "", false, 1}, {2, "2", "1", "", false, 9}, {3, "3", "1", "", false, 8}},
         "(1 (3)(2))"},
    };
    return rows;
}

const std::vector<Row>& by_subject()
{
    static const std::vector<Row> rows = {
        {"nothing", {}, ""},
        {"by the date of the first",
         {{1, "", "", "b", false, 3},
          {2, "", "", "a", false, 1},
          {3, "", "", "b", false, 2},
          {4, "", "", "b", false, 5}},
         "(2)(3 (1)(4))"},
        {"replies are nothing special", {{1, "1", "2", "a", true, 1}, {2, "2", "", "a", false, 2}}, "(1 2)"},
        {"no subject is one too", {{5, "", "", "", false, 1}, {6, "", "", "", false, 1}}, "(5 6)"},
    };
    return rows;
}

/// Each of `count` answers the one before, the first one nobody.
std::vector<Mail> chain(std::uint32_t count)
{
    std::vector<Mail> mails;
    for (std::uint32_t i = 1; i <= count; ++i)
        mails.push_back({i, std::to_string(i), i == 1 ? "" : std::to_string(i - 1), "", false, i});
    return mails;
}

std::string numbers_to(std::uint32_t last)
{
    std::string out = "(1";
    for (std::uint32_t i = 2; i <= last; ++i)
        out += fmt::format(" {}", i);
    return out + ")";
}

} // namespace

TEST(Threads, ByReferences)
{
    for (const Row& row : by_references())
        EXPECT_EQ(show(thread_by_references(input_of(row.mails))), row.threads) << row.name;
}

TEST(Threads, BySubject)
{
    for (const Row& row : by_subject())
        EXPECT_EQ(show(thread_by_subject(input_of(row.mails))), row.threads) << row.name;
}

TEST(Threads, OfAHundredThousandRepliesAreReadFromBothEnds)
{
    constexpr std::uint32_t deep = 100'000;
    auto mails = chain(deep);
    EXPECT_EQ(show(thread_by_references(input_of(mails))), numbers_to(deep));
    std::reverse(mails.begin(), mails.end());
    EXPECT_EQ(show(thread_by_references(input_of(mails))), numbers_to(deep));
}

TEST(Threads, ThatForkAtEveryStepAreWrittenToo)
{
    constexpr std::uint32_t deep = 50'000;
    auto mails = chain(deep);
    for (std::uint32_t i = 1; i < deep; ++i)
        mails.push_back({deep + i, "", std::to_string(i), "", false, deep + i});
    const std::string threads = show(thread_by_references(input_of(mails)));
    EXPECT_TRUE(threads.starts_with("(1 (2 (3 (4 "));
    EXPECT_TRUE(threads.ends_with("(50003))(50002))(50001))"));
    EXPECT_EQ(std::ranges::count(threads, '('), std::ranges::count(threads, ')'));
}

/// Each link hangs a node that has a child below the far end of a long chain: who looks for loops by walking
/// up walks 20,000 times 20,000 steps.
TEST(Threads, LoopsAreLookedForWithoutWalkingUp)
{
    constexpr std::uint32_t deep = 20'000;
    auto mails = chain(deep);
    for (std::uint32_t i = 1; i <= deep; ++i) {
        const std::string id = fmt::format("b{}", i);
        mails.push_back({deep + 2 * i, "", id, "", false, deep + 2 * i + 1});
        mails.push_back({deep + 2 * i + 1, id, std::to_string(deep), "", false, deep + 2 * i});
    }
    const std::string threads = show(thread_by_references(input_of(mails)));
    const std::string far_end =
        fmt::format(" {} ({} {})({} {})", deep, deep + 3, deep + 2, deep + 5, deep + 4);
    EXPECT_TRUE(threads.contains(far_end));
}

TEST(Threads, InputCountsWhatItTakes)
{
    const ThreadInput empty;
    const auto input = input_of(chain(1000));
    EXPECT_EQ(input.ids(), 1000U);
    EXPECT_EQ(input.subjects(), 1U);
    EXPECT_GT(input.bytes(), empty.bytes() + 1000 * sizeof(ThreadInput::Message));
}

} // namespace mansio::imapd::test
