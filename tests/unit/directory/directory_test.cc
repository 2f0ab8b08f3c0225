#include "directory/directory.h"
#include "directory/layout.h"

#include "directory/state.h"
#include "storage/memory_engine.h"

#include <gtest/gtest.h>

namespace mansio::directory {
namespace {

using base::Fault;

struct DirectoryTest : testing::Test {
    storage::MemoryEngine engine;
    base::ManualExecutor loop;
    base::FakeClock clock;
    DirectorySettings settings{.argon2_passes = 1, .argon2_memory_kib = 64, .scram_iterations = 100};
    Directory directory{engine, clock, inline_hasher(), settings};

    void SetUp() override
    {
        ASSERT_TRUE(wait(directory.add_domain("Here.Example")));
        add("alice@here.example");
        add("bob@here.example");
    }
    template <class T>
    T wait(Task<T> task)
    {
        return base::sync_wait(loop, std::move(task));
    }
    void add(std::string address)
    {
        Directory::NewAccount wanted;
        wanted.address = std::move(address);
        wanted.password = "secret";
        ASSERT_TRUE(wait(directory.add_account(std::move(wanted))));
    }
    /// "alice@here.example+tag remote:x@y", "none" or "not local".
    std::string where(std::string address)
    {
        auto found = wait(directory.locate(std::move(address)));
        if (!found)
            return found.error().fault == Fault::not_found ? "none" : "error: " + found.error().cause;
        if (!*found)
            return "not local";
        std::string out;
        for (const LocalTarget& target : (*found)->local)
            out += (out.empty() ? "" : " ") + target.address +
                   (target.detail.empty() ? "" : "+" + target.detail);
        for (const std::string& remote : (*found)->remote)
            out += (out.empty() ? "" : " ") + ("remote:" + remote);
        return out;
    }
};

TEST_F(DirectoryTest, APasswordCanBeHashedInManyLanes)
{
    Directory wide{
        engine, clock, inline_hasher(),
        DirectorySettings{
            .argon2_passes = 1, .argon2_memory_kib = 128, .argon2_lanes = 12, .scram_iterations = 100}};
    ASSERT_TRUE(wait(wide.set_password("alice@here.example", "other", false)));
    EXPECT_TRUE(wait(wide.verify_password("alice@here.example", "other")));
    EXPECT_EQ(wait(wide.verify_password("nobody@here.example", "other")).error().fault, Fault::unauthorized);
}

TEST_F(DirectoryTest, AHashThatCantBeReadIsNoWrongPassword)
{
    ASSERT_TRUE(wait(directory.verify_password("alice@here.example", "secret")));
    Directory fresh{engine, clock, inline_hasher(), settings}; // nothing in its cache
    const auto id = (*wait(directory.find_account("alice@here.example")))->id;
    storage::Batch harm;
    harm.put(layout::credentials(id), encode(Credentials{"garbage", "", ""}));
    ASSERT_TRUE(wait(engine.commit(std::move(harm))));
    EXPECT_EQ(wait(fresh.verify_password("alice@here.example", "secret")).error().fault, Fault::temporary);
}

TEST(DirectoryRecord, OfAnAccountInAnUnknownStateIsCorrupt)
{
    Account account;
    account.address = "a@here.example";
    account.state = AccountState::disabled;
    EXPECT_TRUE(decode_account({1}, encode(account)));
    account.state = static_cast<AccountState>(2);
    EXPECT_FALSE(decode_account({1}, encode(account)));
}

TEST_F(DirectoryTest, AddressesLeadWhereTheyShould)
{
    ASSERT_TRUE(wait(directory.set_alias({"team@here.example", {"alice@here.example", "bob@here.example"}})));
    ASSERT_TRUE(wait(directory.set_alias({"out@here.example", {"x@there.example", "bob@here.example"}})));
    ASSERT_TRUE(wait(directory.set_alias({"one@here.example", {"two@here.example"}})));
    ASSERT_TRUE(wait(directory.set_alias({"two@here.example", {"one@here.example", "alice@here.example"}})));
    struct Row {
        std::string_view address, expected;
    };
    for (const Row& row : {
             Row{"alice@here.example", "alice@here.example"},
             Row{"ALICE@HERE.example", "alice@here.example"},
             Row{"\"alice\"@here.example", "alice@here.example"},
             Row{"alice+lists@here.example", "alice@here.example+lists"},
             Row{"team@here.example", "alice@here.example bob@here.example"},
             Row{"team+x@here.example", "alice@here.example bob@here.example"},
             Row{"out@here.example", "bob@here.example remote:x@there.example"},
             Row{"one@here.example", "alice@here.example"},
             Row{"nobody@here.example", "none"},
             Row{"+x@here.example", "none"},
             Row{"alice@there.example", "not local"},
             Row{"alice", "none"},
             Row{"alice@", "none"},
             Row{"@here.example", "none"},
             Row{"alice%there.example@here.example", "none"},
             Row{"there.example!alice@here.example", "none"},
             Row{"postmaster", "alice@here.example"},
             Row{"Postmaster@here.example", "alice@here.example"},
         })
        EXPECT_EQ(where(std::string(row.address)), row.expected) << row.address;
}

TEST_F(DirectoryTest, TheCatchAllTakesWhatNobodyDoesAndOnlyThat)
{
    ASSERT_TRUE(wait(directory.set_catch_all("here.example", "bob@here.example")));
    EXPECT_EQ(where("nobody@here.example"), "bob@here.example");
    EXPECT_EQ(where("alice@here.example"), "alice@here.example");
    ASSERT_TRUE(wait(directory.set_catch_all("here.example", std::nullopt)));
    EXPECT_EQ(where("nobody@here.example"), "none");
}

TEST_F(DirectoryTest, PasswordsAreVerifiedWithAndWithoutTheCache)
{
    for (int i = 0; i < 2; ++i) {
        auto good = wait(directory.verify_password("Alice@Here.example", "secret"));
        ASSERT_TRUE(good) << good.error().cause;
        EXPECT_EQ(good->address, "alice@here.example");
        EXPECT_EQ(wait(directory.verify_password("alice@here.example", "Secret")).error().fault,
                  Fault::unauthorized);
    }
    EXPECT_EQ(wait(directory.verify_password("nobody@here.example", "secret")).error().fault,
              Fault::unauthorized);
}

TEST_F(DirectoryTest, AChangedPasswordEndsTheOldOneAtOnceCacheOrNot)
{
    ASSERT_TRUE(wait(directory.verify_password("alice@here.example", "secret")));
    ASSERT_TRUE(wait(directory.set_password("alice@here.example", "other", false)));
    EXPECT_FALSE(wait(directory.verify_password("alice@here.example", "secret")));
    EXPECT_TRUE(wait(directory.verify_password("alice@here.example", "other")));
}

TEST_F(DirectoryTest, TwoUsersWithSwappedPasswordsAreNotConfused)
{
    ASSERT_TRUE(wait(directory.set_password("alice@here.example", "one", false)));
    ASSERT_TRUE(wait(directory.set_password("bob@here.example", "two", false)));
    ASSERT_TRUE(wait(directory.verify_password("alice@here.example", "one")));
    ASSERT_TRUE(wait(directory.verify_password("bob@here.example", "two")));
    EXPECT_FALSE(wait(directory.verify_password("alice@here.example", "two")));
    EXPECT_FALSE(wait(directory.verify_password("bob@here.example", "one")));
}

TEST_F(DirectoryTest, ADisabledAccountCantLogInButTakesMail)
{
    ASSERT_TRUE(wait(directory.verify_password("alice@here.example", "secret")));
    ASSERT_TRUE(wait(directory.set_state("alice@here.example", AccountState::disabled)));
    EXPECT_EQ(wait(directory.verify_password("alice@here.example", "secret")).error().fault,
              Fault::unauthorized);
    EXPECT_EQ(wait(directory.authenticated("alice@here.example")).error().fault, Fault::unauthorized);
    EXPECT_EQ(*wait(directory.scram_credentials("alice@here.example")), std::nullopt);
    EXPECT_EQ(where("alice@here.example"), "alice@here.example");
}

TEST_F(DirectoryTest, ScramKeysAreThoseOfThePassword)
{
    auto stored = wait(directory.scram_credentials("alice@here.example"));
    ASSERT_TRUE(stored && *stored);
    const auto derived = base::derive_scram("secret", (*stored)->salt, (*stored)->iterations);
    EXPECT_EQ(derived.stored_key, (*stored)->stored_key);
    EXPECT_EQ(derived.server_key, (*stored)->server_key);
}

TEST_F(DirectoryTest, ARecoverableSecretIsKeptOnlyWhereItWasChosen)
{
    EXPECT_EQ(*wait(directory.recoverable_secret("alice@here.example")), std::nullopt);
    ASSERT_TRUE(wait(directory.set_password("alice@here.example", "apop me", true)));
    EXPECT_EQ(*wait(directory.recoverable_secret("alice@here.example")), "apop me");
    ASSERT_TRUE(wait(directory.set_password("alice@here.example", "new", false)));
    EXPECT_EQ(*wait(directory.recoverable_secret("alice@here.example")), std::nullopt);
}

TEST_F(DirectoryTest, NoStoredValueHoldsThePasswordItself)
{
    ASSERT_TRUE(wait(directory.set_password("alice@here.example", "very-visible-word", false)));
    auto all = wait(storage::scan_all(engine, storage::Range::prefix("d")));
    ASSERT_TRUE(all);
    for (const storage::Item& item : *all)
        EXPECT_EQ(item.value.find("very-visible-word"), std::string::npos);
}

TEST_F(DirectoryTest, SendersMustBeOnesOwn)
{
    const AccountId alice = (*wait(directory.find_account("alice@here.example")))->id;
    ASSERT_TRUE(wait(directory.set_alias({"team@here.example", {"alice@here.example"}})));
    ASSERT_TRUE(wait(directory.set_catch_all("here.example", "alice@here.example")));
    struct Row {
        std::string_view address;
        bool allowed;
    };
    for (const Row& row :
         {Row{"alice@here.example", true}, Row{"Alice+x@Here.Example", true}, Row{"team@here.example", true},
          Row{"bob@here.example", false}, Row{"nobody@here.example", false},
          Row{"alice@there.example", false}, Row{"", false}, Row{"alice", false}})
        EXPECT_EQ(*wait(directory.may_send_as(alice, std::string(row.address))), row.allowed) << row.address;
}

TEST_F(DirectoryTest, WhatExistsIsNotMadeTwiceAndIdsAreNotReused)
{
    Directory::NewAccount again;
    again.address = "ALICE@here.example";
    again.password = "x";
    EXPECT_EQ(wait(directory.add_account(again)).error().fault, Fault::exists);
    EXPECT_EQ(wait(directory.set_alias({"alice@here.example", {"bob@here.example"}})).error().fault,
              Fault::exists);
    EXPECT_EQ(wait(directory.add_domain("here.example")).error().fault, Fault::exists);
    const AccountId bob = (*wait(directory.find_account("bob@here.example")))->id;
    ASSERT_TRUE(wait(directory.remove_account("bob@here.example")));
    add("carol@here.example");
    EXPECT_GT((*wait(directory.find_account("carol@here.example")))->id, bob);
    EXPECT_EQ(wait(directory.remove_domain("here.example")).error().fault, Fault::refused);
}

Task<void> keep(Task<Outcome<AccountId>> task, std::optional<Outcome<AccountId>>& result)
{
    result = co_await std::move(task);
}

TEST_F(DirectoryTest, AccountsAddedAtTheSameTimeGetIdsOfTheirOwn)
{
    std::vector<std::optional<Outcome<AccountId>>> results(3);
    engine.hold_syncs(true); // all of them have read the last id before the first is committed
    const std::vector<std::string> addresses{"carol@here.example", "dave@here.example", "carol@here.example"};
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        Directory::NewAccount wanted;
        wanted.address = addresses[i];
        wanted.password = "secret";
        base::spawn(loop, keep(directory.add_account(std::move(wanted)), results[i]), "add");
    }
    loop.run();
    engine.hold_syncs(false);
    loop.run();
    ASSERT_TRUE(results[0] && *results[0]);
    ASSERT_TRUE(results[1] && *results[1]) << (*results[1]).error().cause;
    EXPECT_NE((*results[0])->value, (*results[1])->value);
    ASSERT_TRUE(results[2] && !*results[2]);
    EXPECT_EQ((*results[2]).error().fault, Fault::exists);
    EXPECT_TRUE(wait(directory.verify_password("dave@here.example", "secret")));
}

TEST_F(DirectoryTest, AddressesThatCouldHarmAreRefused)
{
    for (const std::string_view bad : {"", "alice", "@here.example", "a b@here.example", "a\r\n@here.example",
                                       "a<b@here.example", "a\xff@here.example", "alice@other.example"}) {
        Directory::NewAccount wanted;
        wanted.address = bad;
        wanted.password = "x";
        EXPECT_FALSE(wait(directory.add_account(wanted))) << bad;
    }
}

} // namespace
} // namespace mansio::directory
