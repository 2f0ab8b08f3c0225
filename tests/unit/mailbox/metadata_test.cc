#include "fixture.h"
#include "mailbox/layout.h"

namespace mansio::mailbox {
namespace {

using base::Fault;

struct MetadataTest : MailboxTest {
    Outcome<void> set(MailboxId mailbox, std::string entry, std::optional<std::string> value)
    {
        std::vector<MetadataChange> changes;
        changes.push_back({std::move(entry), std::move(value)});
        return wait(account->set_metadata(mailbox, std::move(changes)));
    }
    Outcome<void> set(std::string_view name, std::string entry, std::optional<std::string> value)
    {
        return set(id_of(name), std::move(entry), std::move(value));
    }
    Metadata of(MailboxId mailbox)
    {
        auto got = wait(account->metadata(mailbox));
        EXPECT_TRUE(got) << (got ? "" : got.error().cause);
        return got.value_or(Metadata{});
    }
    Metadata of(std::string_view name) { return of(id_of(name)); }
    std::uint64_t counted()
    {
        return wait(engine->counter(layout::metadata_octets(AccountId{7}))).value_or(UINT64_MAX);
    }
};

TEST_F(MetadataTest, IsThereAfterARestartEachMailboxWithItsOwn)
{
    const std::string bytes("a\0\xFF", 3);
    ASSERT_TRUE(set("INBOX", "/private/comment", "mine"));
    ASSERT_TRUE(set("Sent", "/private/comment", bytes));
    ASSERT_TRUE(set(MailboxId{}, "/shared/comment", ""));
    restart();
    EXPECT_EQ(of("INBOX"), (Metadata{{"/private/comment", "mine"}}));
    EXPECT_EQ(of("Sent"), (Metadata{{"/private/comment", bytes}}));
    EXPECT_EQ(of(MailboxId{}), (Metadata{{"/shared/comment", ""}}));
    EXPECT_TRUE(of("Drafts").empty());
    expect_consistent();
}

TEST_F(MetadataTest, NothingRemovesAnEntryAndLeavesTheOthers)
{
    ASSERT_TRUE(set("INBOX", "/private/a", "1"));
    ASSERT_TRUE(set("INBOX", "/private/a/b", "2"));
    ASSERT_TRUE(set("INBOX", "/private/a", std::nullopt));
    EXPECT_TRUE(set("INBOX", "/private/none", std::nullopt)) << "nothing to do is no failure";
    EXPECT_EQ(of("INBOX"), (Metadata{{"/private/a/b", "2"}}));
    EXPECT_EQ(counted(), octets_of(of("INBOX")));
    expect_consistent();
}

TEST_F(MetadataTest, GoesWithItsMailboxAndDoesNotComeBackWithTheName)
{
    ASSERT_TRUE(wait(account->create("notes")));
    ASSERT_TRUE(set("notes", "/private/comment", "old"));
    ASSERT_TRUE(set("INBOX", "/private/comment", "stays"));
    const MailboxId gone = id_of("notes");
    ASSERT_TRUE(wait(account->remove("notes")));
    EXPECT_EQ(wait(account->metadata(gone)).error().fault, Fault::not_found);
    EXPECT_EQ(set(gone, "/private/comment", "late").error().fault, Fault::not_found);
    ASSERT_TRUE(wait(account->create("notes")));
    EXPECT_TRUE(of("notes").empty());
    EXPECT_EQ(of("INBOX").size(), 1U);
    restart();
    EXPECT_TRUE(of("notes").empty());
    expect_consistent();
}

TEST_F(MetadataTest, FollowsARenamedMailbox)
{
    ASSERT_TRUE(wait(account->create("a/b")));
    ASSERT_TRUE(set("a/b", "/private/comment", "mine"));
    ASSERT_TRUE(wait(account->rename("a", "c")));
    EXPECT_EQ(of("c/b"), (Metadata{{"/private/comment", "mine"}}));
    expect_consistent();
}

TEST_F(MetadataTest, OfInboxIsCopiedWhenInboxIsRenamed)
{
    ASSERT_TRUE(set("INBOX", "/private/comment", "mine"));
    ASSERT_TRUE(wait(account->rename("INBOX", "old")));
    EXPECT_EQ(of("INBOX"), (Metadata{{"/private/comment", "mine"}}));
    EXPECT_EQ(of("old"), (Metadata{{"/private/comment", "mine"}}));
    expect_consistent();
}

TEST_F(MetadataTest, OverALimitNothingOfTheCommandIsDone)
{
    std::vector<MetadataChange> many;
    for (std::size_t i = 0; i <= max_metadata_entries; ++i)
        many.push_back({"/private/" + std::to_string(i), "x"});
    auto refused = wait(account->set_metadata(id_of("INBOX"), many));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::too_large);
    EXPECT_TRUE(of("INBOX").empty());
    many.pop_back();
    EXPECT_TRUE(wait(account->set_metadata(id_of("INBOX"), many)));
    EXPECT_EQ(set("INBOX", "/private/more", "x").error().fault, Fault::too_large);
    EXPECT_TRUE(set("INBOX", "/private/1", "another value")) << "a full mailbox takes changes";

    EXPECT_EQ(set("Sent", "/private/a", std::string(max_metadata_value + 1, 'x')).error().fault,
              Fault::too_large);
    EXPECT_TRUE(set("Sent", "/private/a", std::string(max_metadata_value, 'x')));
    EXPECT_EQ(set("Sent", "/private/" + std::string(max_metadata_entry, 'x'), "v").error().fault,
              Fault::too_large);
    EXPECT_TRUE(set("Sent", "/private/" + std::string(max_metadata_entry - 9, 'x'), "v"));
    expect_consistent();
}

TEST_F(MetadataTest, OfAnAccountHasALimitTogether)
{
    const std::size_t in_one = max_metadata_entries * max_metadata_value;
    for (std::size_t n = 0; n <= max_metadata_octets / in_one + 1; ++n) {
        const std::string name = "m" + std::to_string(n);
        ASSERT_TRUE(wait(account->create(name)));
        std::vector<MetadataChange> full;
        for (std::size_t i = 0; i < max_metadata_entries; ++i)
            full.push_back({"/private/" + std::to_string(i), std::string(max_metadata_value, 'x')});
        auto set_all = wait(account->set_metadata(id_of(name), std::move(full)));
        if (!set_all) {
            EXPECT_EQ(set_all.error().fault, Fault::over_quota);
            EXPECT_TRUE(of(name).empty());
            EXPECT_LE(counted(), max_metadata_octets);
            EXPECT_TRUE(set("m0", "/private/1", "small")) << "less is always taken";
            expect_consistent();
            return;
        }
    }
    FAIL() << "no limit";
}

TEST_F(MetadataTest, ChangesAreToldToWhoWatchesTheAccountOrTheMailbox)
{
    base::Signal of_account;
    base::Signal of_inbox;
    base::Signal of_sent;
    const auto watch_account = account->watch(MailboxId{}, of_account);
    const auto watch_inbox = account->watch(id_of("INBOX"), of_inbox);
    const auto watch_sent = account->watch(id_of("Sent"), of_sent);
    ASSERT_TRUE(set("INBOX", "/private/a", "1"));
    EXPECT_TRUE(of_account.take());
    EXPECT_TRUE(of_inbox.take());
    EXPECT_FALSE(of_sent.take());
    ASSERT_TRUE(set("INBOX", "/private/a", "1"));
    EXPECT_FALSE(of_account.take()) << "nothing changed";
    ASSERT_TRUE(set(MailboxId{}, "/private/a", "1"));
    EXPECT_TRUE(of_account.take());
    EXPECT_FALSE(of_inbox.take());
}

TEST_F(MetadataTest, TheCheckSeesAnnotationsOfNoMailboxAndAWrongSum)
{
    storage::Batch batch;
    batch.put(layout::metadata(AccountId{7}, MailboxId{999}, "/private/a"), "lost");
    ASSERT_TRUE(wait(engine->commit(std::move(batch))));
    auto findings = wait(check_consistency(*engine, AccountId{7}));
    ASSERT_TRUE(findings);
    ASSERT_EQ(findings->size(), 2U);
    EXPECT_TRUE(findings->at(0).what.contains("mailbox 999")) << findings->at(0).what;
    EXPECT_TRUE(findings->at(1).what.contains("0 octets, they have 14")) << findings->at(1).what;
}

} // namespace
} // namespace mansio::mailbox
