// Properties over real mail: every function takes every message, whole or cut off.
#include "imap_reader.h"
#include "message/imap_form.h"
#include "message/inspect.h"
#include "message/search_text.h"
#include "message/section.h"
#include "samples.h"

#include <ctime>
#include <functional>
#include <gtest/gtest.h>

namespace mansio::message::test {

namespace {

void expect_ordered(const Structure& structure, std::size_t size)
{
    for (std::size_t i = 0; i < structure.parts.size(); ++i) {
        const Part& part = structure.parts[i];
        ASSERT_LE(part.header_begin, part.header_end);
        ASSERT_LE(part.header_end, part.body_begin);
        ASSERT_LE(part.body_begin, part.body_end);
        ASSERT_LE(part.body_end, size);
        if (i > 0)
            ASSERT_LT(part.parent, i);
    }
}

void expect_readable(std::string_view message)
{
    Structure structure = parse_structure(message);
    expect_ordered(structure, message.size());
    ImapForms forms = make_imap_forms(message, structure);
    ASSERT_TRUE(ImapReader(forms.envelope).whole()) << forms.envelope;
    ASSERT_TRUE(ImapReader(forms.body).whole()) << forms.body;
    ASSERT_TRUE(ImapReader(forms.body_structure).whole()) << forms.body_structure;
    ASSERT_EQ(ImapReader(forms.envelope).whole()->as_array().size(), 10u);
}

double processor_seconds()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// The least of five, in processor time: what the machine does beside us only ever adds to a run.
double seconds(const std::function<void()>& work)
{
    double best = 1e9;
    for (int i = 0; i < 5; ++i) {
        double begin = processor_seconds();
        work();
        best = std::min(best, processor_seconds() - begin);
    }
    return best;
}

std::string repeat(std::string_view text, std::size_t bytes)
{
    std::string out;
    while (out.size() < bytes)
        out += text;
    return out;
}

struct Bomb {
    std::string_view name, head, unit;
};

constexpr std::string_view multi = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";

constexpr Bomb bombs[] = {
    {"addresses", "To: ", "a@b.example, "},
    {"broken addresses", "To: ", "<<\"a\\"},
    {"comments", "To: ", "("},
    {"groups", "To: ", "a:"},
    {"routes", "To: <", "@a,"},
    {"fields", "", "To: a@b\r\n"},
    {"folds", "Subject: ", "\r\n x"},
    {"encoded words", "Subject: ", "=?utf-8?Q?x"},
    {"more encoded words", "Subject: ", "=?utf-8?Q?x?= "},
    {"question marks", "Subject: ", "=?"},
    {"parameters", "Content-Type: text/plain", "; a=b"},
    {"quotes", "Content-Type: text/plain", "; a=\"b"},
    {"pieces", "Content-Type: text/plain", "; a*0*=b"},
    {"parts", multi, "--b\r\n\r\nx\r\n"},
    {"dashes", multi, "--\r\n--a\r\n"},
    {"nested messages", "", "Content-Type: message/rfc822\r\n\r\n"},
    {"nested multiparts", "", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"},
    {"base64", "Content-Transfer-Encoding: base64\r\n\r\n", "QUJD\r\n"},
    {"soft breaks", "Content-Transfer-Encoding: quoted-printable\r\n\r\n", "=\r\n=41 "},
    {"needle almost", "\r\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {"letters with marks", "\r\n", "\xc3\xa4\xcc\x88"},
};

void do_everything(const std::string& message)
{
    Structure structure = parse_structure(message);
    make_imap_forms(message, structure);
    inspect(message);
    contains_text(message, structure, std::string(100, 'a') + "b", SearchWhere::text);
    read_binary(message, structure, {1});
}

} // namespace

TEST(RealMail, GivesReadableForms)
{
    auto folder = samples_folder() / "corpus";
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "the sample mail is not on this machine";
    std::size_t count = 0;
    for (const auto& path : list_files(folder)) {
        SCOPED_TRACE(path.string());
        std::string bytes = read_file(path);
        expect_readable(bytes);
        expect_readable(as_stored(bytes));
        ++count;
        if (HasFatalFailure())
            return;
    }
    EXPECT_GT(count, 6000u);
}

TEST(RealMail, CutOffAnywhereStillGivesReadableForms)
{
    auto folder = samples_folder() / "suites" / "mime";
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "the sample mail is not on this machine";
    std::size_t count = 0;
    for (const auto& path : list_files(folder)) {
        std::string bytes = as_stored(read_file(path));
        if (bytes.size() > 4000)
            continue;
        SCOPED_TRACE(path.string());
        for (std::size_t cut = 0; cut <= bytes.size() && !HasFatalFailure(); ++cut)
            expect_readable(std::string(bytes.substr(0, cut)));
        if (HasFatalFailure() || ++count == 200)
            break;
    }
    EXPECT_EQ(count, 200u);
}

TEST(AnyBytes, GiveReadableForms)
{
    constexpr std::string_view pieces[] = {"Content-Type:",
                                           "multipart/mixed;boundary=b",
                                           "\r\n",
                                           "\n",
                                           "--b",
                                           "--b--",
                                           "(",
                                           ")",
                                           "\"",
                                           "\\",
                                           "<",
                                           ">",
                                           "@",
                                           ":",
                                           ";",
                                           ",",
                                           "To:",
                                           "From: ",
                                           "\xff",
                                           "\xc3\xa4",
                                           " ",
                                           "message/rfc822",
                                           "=?utf-8?Q?",
                                           "?=",
                                           "text/plain",
                                           "*0*=",
                                           "'",
                                           std::string_view("\0", 1),
                                           "\r",
                                           "Content-Disposition: ",
                                           "\t",
                                           "[",
                                           "]",
                                           "=",
                                           "a"};
    std::uint32_t state = 7;
    auto next = [&](std::size_t limit) {
        state = state * 1664525 + 1013904223;
        return (state >> 8) % limit;
    };
    for (int round = 0; round < 20'000 && !HasFatalFailure(); ++round) {
        std::string message;
        for (std::size_t n = next(40); n > 0; --n)
            message += pieces[next(std::size(pieces))];
        SCOPED_TRACE(testing::PrintToString(message));
        expect_readable(message);
        do_everything(message);
    }
}

/// Sixteen times the input may cost sixteen times as much; what is quadratic would cost 256 times.
TEST(Cost, GrowsWithTheInputAndNoFaster)
{
    constexpr std::size_t small_size = 62'500;
    constexpr std::size_t factor = 16;
    for (const Bomb& bomb : bombs) {
        std::string small = std::string(bomb.head) + repeat(bomb.unit, small_size);
        std::string large = std::string(bomb.head) + repeat(bomb.unit, small_size * factor);
        double first = std::max(seconds([&] { do_everything(small); }), 0.0005);
        double second = seconds([&] { do_everything(large); });
        RecordProperty(std::string(bomb.name), std::to_string(second));
        EXPECT_LT(second, first * factor * 6) << bomb.name << ": " << first << " s, then " << second << " s";
    }
}

} // namespace mansio::message::test
