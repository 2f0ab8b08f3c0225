#include "login/user_sessions.h"

#include <gtest/gtest.h>
#include <memory>
#include <vector>

using mansio::base::AccountId;
using mansio::login::UserSessions;

TEST(UserSessions, CountsEachAccountAndForgetsTheDead)
{
    UserSessions users;
    auto first = users.admit(AccountId{1}, 2);
    auto second = users.admit(AccountId{1}, 2);
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(users.admit(AccountId{1}, 2));
    EXPECT_TRUE(users.admit(AccountId{2}, 2));
    first.reset();
    EXPECT_TRUE(users.admit(AccountId{1}, 2));
}

TEST(UserSessions, HasNoLimitAtZero)
{
    UserSessions users;
    std::vector<UserSessions::Ticket> held;
    for (int n = 0; n < 100; ++n) {
        auto ticket = users.admit(AccountId{1}, 0);
        ASSERT_TRUE(ticket);
        held.push_back(std::move(*ticket));
    }
}

TEST(UserSessions, TicketsMayOutliveTheCounter)
{
    auto users = std::make_unique<UserSessions>();
    auto ticket = users->admit(AccountId{1}, 1);
    users.reset();
    ticket.reset();
}
