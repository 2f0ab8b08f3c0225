// A client that believes every untagged response must end up with what the mailbox holds. rfc9051#7.5.1
#include "house.h"

#include <charconv>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>
#include <sstream>

using namespace mansio;
using namespace mansio::imapd::test;

namespace {

/// What a client knows: for each message number its flags, and its UID once it was told.
class Mirror {
public:
    struct Message {
        unsigned uid = 0;
        std::string flags = "?";
        bool operator==(const Message&) const = default;
    };
    std::vector<Message> messages;
    std::string wrong; ///< the first response that made no sense

    void hear(const std::string& answer)
    {
        std::istringstream lines(answer);
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with("* "))
                hear_line(line.substr(2));
    }

private:
    void fail(const std::string& line)
    {
        if (wrong.empty())
            wrong = line;
    }

    static std::string between(const std::string& line, std::string_view before, char after)
    {
        const auto at = line.find(before);
        if (at == std::string::npos)
            return {};
        const auto from = at + before.size();
        return line.substr(from, line.find(after, from) - from);
    }

    void hear_line(const std::string& line)
    {
        unsigned number = 0;
        const auto digits = std::from_chars(line.data(), line.data() + line.size(), number);
        const std::string_view what(digits.ptr, line.data() + line.size());
        if (what == " EXISTS") {
            if (number < messages.size())
                fail(line);
            messages.resize(number);
        } else if (what == " EXPUNGE") {
            if (number == 0 || number > messages.size())
                fail(line);
            else
                messages.erase(messages.begin() + number - 1);
        } else if (what.starts_with(" FETCH ")) {
            hear_fetch(line, number);
        } else if (line.starts_with("VANISHED ")) {
            vanish(line.substr(9));
        }
    }

    void hear_fetch(const std::string& line, unsigned number)
    {
        if (number == 0 || number > messages.size()) {
            fail(line);
            return;
        }
        Message& message = messages[number - 1];
        if (const auto uid = between(line, "UID ", ' '); !uid.empty()) {
            const unsigned told = static_cast<unsigned>(std::stoul(uid));
            if (message.uid != 0 && message.uid != told)
                fail(line);
            message.uid = told;
        }
        if (line.contains("FLAGS ("))
            message.flags = between(line, "FLAGS (", ')');
    }

    void vanish(const std::string& set)
    {
        std::istringstream ranges(set);
        for (std::string range; std::getline(ranges, range, ',');) {
            const auto colon = range.find(':');
            const unsigned first = static_cast<unsigned>(std::stoul(range));
            const unsigned last = colon == std::string::npos
                                      ? first
                                      : static_cast<unsigned>(std::stoul(range.substr(colon + 1)));
            const auto gone =
                std::erase_if(messages, [&](const Message& m) { return m.uid >= first && m.uid <= last; });
            if (gone != last - first + 1)
                fail("VANISHED " + set);
        }
    }
};

class MirrorTest : public testing::TestWithParam<bool> {
protected:
    void open(kit::Wire& wire, Mirror& mirror)
    {
        if (GetParam())
            command(wire, "e", "ENABLE QRESYNC");
        mirror.hear(command(wire, "s", "SELECT INBOX"));
        learn(wire, mirror);
    }

    /// A QRESYNC client must know the UIDs before anything vanishes.
    void learn(kit::Wire& wire, Mirror& mirror)
    {
        std::size_t unknown = 0;
        while (unknown < mirror.messages.size() && mirror.messages[unknown].uid != 0)
            ++unknown;
        if (unknown < mirror.messages.size())
            mirror.hear(command(wire, "u", fmt::format("FETCH {}:* (UID FLAGS)", unknown + 1)));
    }

    void act(kit::Wire& wire, Mirror& mirror)
    {
        const auto pick = [&] { return m_random() % std::max<std::size_t>(mirror.messages.size(), 1) + 1; };
        constexpr std::string_view flags[] = {"\\Seen", "\\Deleted", "\\Flagged", "$One", "$Two"};
        constexpr std::string_view modes[] = {"+FLAGS", "-FLAGS", "+FLAGS.SILENT", "FLAGS"};
        const auto flag = flags[m_random() % std::size(flags)];
        const auto mode = modes[m_random() % std::size(modes)];
        switch (m_random() % 12) {
        case 0:
        case 1:
        case 2: mirror.hear(append(wire, "INBOX", "Subject: x\r\n\r\ny\r\n")); break;
        case 3:
        case 4: store(wire, mirror, pick(), mode, flag); break;
        case 5: mirror.hear(command(wire, "x", "EXPUNGE")); break;
        case 6: mirror.hear(command(wire, "x", fmt::format("FETCH {} (FLAGS UID)", pick()))); break;
        case 7: mirror.hear(command(wire, "x", "SEARCH SEEN")); break;
        case 8: mirror.hear(command(wire, "x", fmt::format("UID STORE 1:* +FLAGS ({})", flag))); break;
        case 9: mirror.hear(command(wire, "x", fmt::format("MOVE {} Archive", pick()))); break;
        case 10: mirror.hear(command(wire, "x", fmt::format("FETCH {} BODY[TEXT]", pick()))); break;
        default: mirror.hear(command(wire, "x", "NOOP")); break;
        }
        learn(wire, mirror);
    }

    /// After .SILENT the client knows the outcome by itself, unless it is told.
    void store(kit::Wire& wire, Mirror& mirror, std::size_t number, std::string_view mode,
               std::string_view flag)
    {
        if (mode.ends_with(".SILENT") && !mirror.messages.empty()) {
            mirror.messages[number - 1].flags = "?";
            mirror.hear(command(wire, "x", fmt::format("STORE {} {} ({})", number, mode, flag)));
            if (number <= mirror.messages.size() && mirror.messages[number - 1].flags == "?")
                mirror.hear(command(wire, "x", fmt::format("FETCH {} FLAGS", number)));
            return;
        }
        mirror.hear(command(wire, "x", fmt::format("STORE {} {} ({})", number, mode, flag)));
    }

    std::mt19937 m_random{GetParam() ? 17U : 23U};
};

} // namespace

TEST_P(MirrorTest, TwoSessionsStayTrue)
{
    House house;
    auto one = house.logged_in();
    auto two = house.logged_in();
    Mirror first;
    Mirror second;
    open(one, first);
    open(two, second);
    for (int step = 0; step < 400 && first.wrong.empty() && second.wrong.empty(); ++step) {
        if (m_random() % 2)
            act(one, first);
        else
            act(two, second);
    }
    ASSERT_EQ(first.wrong, "");
    ASSERT_EQ(second.wrong, "");
    first.hear(command(one, "n", "NOOP"));
    second.hear(command(two, "n", "NOOP"));
    learn(one, first);
    learn(two, second);
    Mirror fresh;
    auto three = house.logged_in();
    open(three, fresh);
    EXPECT_TRUE(first.messages == fresh.messages);
    EXPECT_TRUE(second.messages == fresh.messages);
    EXPECT_FALSE(fresh.messages.empty());
}

INSTANTIATE_TEST_SUITE_P(ImapTracker, MirrorTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Qresync" : "Plain"; });
