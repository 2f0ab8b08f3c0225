#include "house.h"

#include <gtest/gtest.h>

using namespace mansio;
using namespace mansio::imapd::test;

namespace {

constexpr std::string_view small_mail = "Subject: x\r\n\r\n"; // 14 octets

} // namespace

TEST(ImapQuota, LimitsOfTheAccountAreToldBesideWhatIsUsed)
{
    House house;
    ASSERT_TRUE(house.wait(house.directory().set_quota("alice@here.example", 10'000, 3)));
    house.settings().max_mailboxes = 40;
    auto wire = house.logged_in();
    EXPECT_TRUE(append(wire, "INBOX", small_mail).contains("app OK "));
    EXPECT_EQ(command(wire, "q", "GETQUOTA alice@here.example"),
              "* QUOTA alice@here.example (STORAGE 1 10 MESSAGE 1 3 MAILBOX 6 40)\nq OK quota told\n");
}

TEST(ImapQuota, AResourceWithoutALimitIsNotListed)
{
    House house;
    ASSERT_TRUE(house.wait(house.directory().set_quota("alice@here.example", 0, 7)));
    auto wire = house.logged_in();
    EXPECT_TRUE(command(wire, "q", "GETQUOTA alice@here.example").contains("(MESSAGE 0 7 MAILBOX 6 5000)"));
}

TEST(ImapQuota, AnAppendOverTheLimitOfMessagesIsRefused)
{
    House house;
    ASSERT_TRUE(house.wait(house.directory().set_quota("alice@here.example", 0, 1)));
    auto wire = house.logged_in();
    EXPECT_TRUE(append(wire, "INBOX", small_mail).contains("app OK "));
    EXPECT_TRUE(append(wire, "Sent", small_mail).contains("app NO [OVERQUOTA] "));
    EXPECT_TRUE(command(wire, "q", "GETQUOTA alice@here.example").contains("MESSAGE 1 1 "));
}

TEST(ImapQuota, AnAppendOverTheLimitOfOctetsIsRefused)
{
    House house;
    ASSERT_TRUE(house.wait(house.directory().set_quota("alice@here.example", small_mail.size() + 1, 0)));
    auto wire = house.logged_in();
    EXPECT_TRUE(append(wire, "INBOX", small_mail).contains("app OK "));
    EXPECT_TRUE(append(wire, "INBOX", small_mail).contains("app NO [OVERQUOTA] "));
    EXPECT_TRUE(command(wire, "q", "GETQUOTAROOT INBOX").contains("(STORAGE 1 1 MAILBOX 6 5000)"));
}
