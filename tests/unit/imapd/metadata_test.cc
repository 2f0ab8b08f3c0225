#include "house.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace mansio;
using namespace mansio::imapd::test;

TEST(ImapMetadata, ALimitIsNamedAndNothingOfTheCommandIsDone)
{
    House house;
    auto wire = house.logged_in();
    const std::string large(mailbox::max_metadata_value + 1, 'x');
    const std::string two = fmt::format("/private/a \"x\" /private/b {{{}+}}\r\n{}", large.size(), large);
    EXPECT_EQ(command(wire, "a", fmt::format("SETMETADATA INBOX ({})", two)),
              "a NO [METADATA MAXSIZE 65536] the value is too long\n");
    std::string entries = "/private/0 \"x\"";
    for (std::size_t i = 1; i <= mailbox::max_metadata_entries; ++i)
        entries += fmt::format(" /private/{} \"x\"", i);
    EXPECT_EQ(command(wire, "b", fmt::format("SETMETADATA INBOX ({})", entries)),
              "b NO [METADATA TOOMANY] too many entries\n");
    EXPECT_EQ(command(wire, "c", "GETMETADATA INBOX (DEPTH infinity) /private"),
              "* METADATA INBOX (/private NIL)\nc OK metadata told\n");
    const std::string name = "/private/" + std::string(mailbox::max_metadata_entry, 'x');
    const std::string answer = command(wire, "d", fmt::format("SETMETADATA INBOX ({} \"x\")", name));
    EXPECT_TRUE(answer.contains("d NO [LIMIT] ")) << answer;
}

TEST(ImapMetadata, OfTheServerIsEachAccountsOwn)
{
    House house;
    auto alice = house.logged_in();
    EXPECT_TRUE(command(alice, "a", "SETMETADATA \"\" (/shared/comment \"hers\")").contains("a OK "));
    kit::Wire bob(house.connect());
    bob.line();
    EXPECT_TRUE(command(bob, "l", "LOGIN bob@here.example secret").contains("l OK "));
    EXPECT_EQ(command(bob, "b", "GETMETADATA \"\" /shared/comment"),
              "* METADATA \"\" (/shared/comment NIL)\nb OK metadata told\n");
}
