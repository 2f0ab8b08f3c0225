#include "fixture.h"

namespace mansio::mailbox {
namespace {

using base::Fault;

struct ReplaceTest : MailboxTest {
    Outcome<Appended> replace(std::string_view from, Uid uid, std::string_view to, std::string_view subject,
                              Quota quota = {})
    {
        return wait(account->replace(id_of(from), uid, id_of(to), message(subject), quota));
    }
};

TEST_F(ReplaceTest, TheNewMessageIsThereAndTheOldOneIsGoneAlsoAfterARestart)
{
    fill(2);
    const ModSeq before = view()->highest_modseq();
    auto replaced = replace("INBOX", 1, "INBOX", "new");
    ASSERT_TRUE(replaced);
    EXPECT_EQ(replaced->uids.text(), "3");
    EXPECT_EQ(replaced->uid_validity, view()->uid_validity());
    restart();
    const ViewPtr now = view();
    ASSERT_EQ(now->size(), 2U);
    EXPECT_EQ(now->at(0).uid, 2U);
    EXPECT_EQ(now->at(1).uid, 3U);
    EXPECT_EQ(wait(account->vanished_since(id_of("INBOX"), before))->text(), "1");
    EXPECT_EQ(wait(account->usage())->messages, 2U);
    expect_consistent();
}

TEST_F(ReplaceTest, MayGoToAnotherMailbox)
{
    fill(1);
    ASSERT_TRUE(replace("INBOX", 1, "Sent", "new"));
    EXPECT_EQ(view()->size(), 0U);
    EXPECT_EQ(view("Sent")->size(), 1U);
    expect_consistent();
}

TEST_F(ReplaceTest, AMessageThatIsGoneIsAConflictAndNothingIsAdded)
{
    fill(1);
    ASSERT_TRUE(wait(account->remove_messages(id_of("INBOX"), UidSet({{1, 1}}))));
    auto replaced = replace("INBOX", 1, "INBOX", "new");
    ASSERT_FALSE(replaced);
    EXPECT_EQ(replaced.error().fault, Fault::conflict);
    EXPECT_EQ(view()->size(), 0U);
    EXPECT_EQ(wait(account->usage())->messages, 0U);
    expect_consistent();
}

TEST_F(ReplaceTest, QuotaCountsOnlyTheDifference)
{
    fill(1);
    const Quota full{.bytes = view()->at(0).size, .messages = 1};
    EXPECT_TRUE(replace("INBOX", 1, "INBOX", "1", full)) << "the same size";
    auto larger = replace("INBOX", 2, "INBOX", "a longer subject", full);
    ASSERT_FALSE(larger);
    EXPECT_EQ(larger.error().fault, Fault::over_quota);
    EXPECT_EQ(view()->at(0).uid, 2U) << "the old one stays";
    expect_consistent();
}

TEST_F(ReplaceTest, TheSameBytesAgainKeepTheirBlob)
{
    ASSERT_TRUE(append("same"));
    ASSERT_TRUE(replace("INBOX", 1, "INBOX", "same"));
    EXPECT_EQ(wait(engine->collect_blobs()).value_or(9), 0U);
    EXPECT_TRUE(wait(account->read(view()->at(0).blob)));
    expect_consistent();
}

} // namespace
} // namespace mansio::mailbox
