#include "fixture.h"
#include "mailbox/layout.h"
#include "message/imap_form.h"

namespace mansio::mailbox {
namespace {

using base::Fault;

TEST_F(MailboxTest, ANewAccountHasTheDefaultMailboxesSubscribed)
{
    auto names = *wait(account->list());
    std::vector<std::string> shown;
    for (const MailboxInfo& info : names->mailboxes)
        shown.push_back(info.name + std::string(special_use_name(info.use)));
    EXPECT_EQ(shown, (std::vector<std::string>{"INBOX", "Archive\\Archive", "Drafts\\Drafts", "Junk\\Junk",
                                               "Sent\\Sent", "Trash\\Trash"}));
    EXPECT_TRUE(names->subscribed("Sent"));
    expect_consistent();
}

TEST_F(MailboxTest, AppendGivesAscendingUidsAndModseqs)
{
    auto first = append("one");
    auto second = append("two", "INBOX", {seen, {"$Work"}});
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->uids.text(), "1");
    EXPECT_EQ(second->uids.text(), "2");
    EXPECT_LT(first->modseq, second->modseq);
    const ViewPtr now = view();
    ASSERT_EQ(now->size(), 2U);
    EXPECT_EQ(now->at(1).modseq, second->modseq);
    EXPECT_EQ(now->flag_names(now->at(1)), (std::vector<std::string_view>{"\\Seen", "$Work"}));
    EXPECT_EQ(now->totals().unseen, 1U);
    EXPECT_EQ(now->uid_next(), 3U);
    expect_consistent();
}

TEST_F(MailboxTest, TheStoredFormsAreThoseOfTheMessage)
{
    ASSERT_TRUE(append("subject here"));
    auto forms = wait(account->forms(id_of("INBOX"), {1, UINT32_MAX}, 10));
    ASSERT_TRUE(forms);
    ASSERT_EQ(forms->size(), 1U);
    auto unpacked = message::unpack_imap_forms(forms->front().packed);
    ASSERT_TRUE(unpacked);
    EXPECT_NE(unpacked->envelope.find("subject here"), std::string::npos);
    auto bytes = wait(account->read(view()->at(0).blob, 0, 5));
    EXPECT_EQ(bytes.value_or(""), "From:");
}

TEST_F(MailboxTest, StoreChangesOnlyWhatIsDifferentAndHonoursUnchangedSince)
{
    fill(3);
    const ModSeq before = view()->highest_modseq();
    auto stored = store(UidSet({{1, 2}}), FlagMode::add, {flagged, {"$Todo"}});
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->changed.text(), "1:2");
    auto again = store(UidSet({{1, 3}}), FlagMode::add, {flagged, {"$todo"}});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->changed.text(), "3") << "keywords compare without case";
    auto nothing = store(UidSet({{1, 3}}), FlagMode::add, {flagged, {}});
    EXPECT_EQ(nothing->modseq, 0U);
    auto guarded =
        wait(account->store_flags(id_of("INBOX"), UidSet({{1, 3}}), {FlagMode::replace, {seen, {}}, before}));
    ASSERT_TRUE(guarded);
    EXPECT_EQ(guarded->modified.text(), "1:3");
    EXPECT_TRUE(guarded->changed.empty());
    restart();
    EXPECT_EQ(view()->flag_names(view()->at(2)), (std::vector<std::string_view>{"\\Flagged", "$Todo"}));
    expect_consistent();
}

TEST_F(MailboxTest, ExpungeTakesDeletedOnesOnlyAndTheirBytesCanBeReclaimed)
{
    fill(4);
    ASSERT_TRUE(store(UidSet({{2, 3}}), FlagMode::add, {deleted, {}}));
    const ModSeq before = view()->highest_modseq();
    auto gone = wait(account->expunge(id_of("INBOX"), UidSet({{3, 4}})));
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->text(), "3");
    EXPECT_EQ(wait(account->expunge(id_of("INBOX"), std::nullopt))->text(), "2");
    EXPECT_EQ(wait(account->vanished_since(id_of("INBOX"), before))->text(), "2:3");
    EXPECT_EQ(view()->size(), 2U);
    EXPECT_EQ(wait(account->usage())->messages, 2U);
    expect_consistent();
    EXPECT_EQ(wait(engine->collect_blobs()).value_or(0), 2U);
    expect_consistent();
}

TEST_F(MailboxTest, UidsAreNeverReusedNotEvenAfterTheLastMessageWentAndARestart)
{
    fill(3);
    ASSERT_TRUE(wait(account->remove_messages(id_of("INBOX"), UidSet({{1, 3}}))));
    restart();
    EXPECT_EQ(append("next")->uids.text(), "4");
    expect_consistent();
}

TEST_F(MailboxTest, CopyAndMoveKeepFlagsAndShareTheBytes)
{
    ASSERT_TRUE(append("one", "INBOX", {answered, {"$A", "$B"}}));
    ASSERT_TRUE(append("two"));
    auto copied = wait(account->copy(id_of("INBOX"), UidSet({{1, 9}}), id_of("Archive")));
    ASSERT_TRUE(copied);
    EXPECT_EQ(copied->from, (std::vector<Uid>{1, 2}));
    EXPECT_EQ(copied->to, (std::vector<Uid>{1, 2}));
    auto moved = wait(account->move(id_of("INBOX"), UidSet({{1, 1}}), id_of("Trash")));
    ASSERT_TRUE(moved);
    EXPECT_EQ(view("INBOX")->size(), 1U);
    const ViewPtr trash = view("Trash");
    EXPECT_EQ(trash->flag_names(trash->at(0)), (std::vector<std::string_view>{"\\Answered", "$A", "$B"}));
    EXPECT_EQ(trash->at(0).blob, view("Archive")->at(0).blob);
    EXPECT_EQ(wait(account->move(id_of("INBOX"), UidSet({{77, 77}}), id_of("Trash")))->from.size(), 0U);
    expect_consistent();
    restart();
    expect_consistent();
    EXPECT_EQ(view("Archive")->size(), 2U);
}

TEST_F(MailboxTest, QuotaStopsAppendsButNotMovesAndFlags)
{
    ASSERT_TRUE(append("one"));
    std::vector<NewMessage> messages;
    messages.push_back(message("two"));
    auto refused =
        wait(account->append(id_of("INBOX"), std::move(messages), Quota{.bytes = 0, .messages = 1}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::over_quota);
    EXPECT_TRUE(wait(account->move(id_of("INBOX"), UidSet({{1, 1}}), id_of("Trash"))));
    expect_consistent();
}

TEST_F(MailboxTest, NamesAreMadeRenamedAndRemoved)
{
    ASSERT_TRUE(wait(account->create("a/b/c")));
    EXPECT_TRUE(id_of("a/b"));
    EXPECT_EQ(wait(account->create("a/b")).error().fault, Fault::exists);
    EXPECT_EQ(wait(account->create("a//b")).error().fault, Fault::invalid);
    ASSERT_TRUE(append("in it", "a/b/c"));
    ASSERT_TRUE(wait(account->rename("a/b", "x/y")));
    EXPECT_FALSE(id_of("a/b/c"));
    EXPECT_EQ(view("x/y/c")->size(), 1U);
    EXPECT_EQ(wait(account->remove("x/y")).error().fault, Fault::refused) << "it has a child";
    ASSERT_TRUE(wait(account->remove("x/y/c")));
    EXPECT_EQ(wait(account->remove("inbox")).error().fault, Fault::refused);
    EXPECT_EQ(wait(account->usage())->messages, 0U);
    restart();
    EXPECT_FALSE(id_of("x/y/c"));
    expect_consistent();
}

TEST_F(MailboxTest, RenamingInboxMovesItsMessagesAndKeepsIt)
{
    fill(2);
    ASSERT_TRUE(wait(account->rename("INBOX", "old/mail")));
    EXPECT_EQ(view("INBOX")->size(), 0U);
    EXPECT_EQ(view("old/mail")->size(), 2U);
    EXPECT_EQ(append("new")->uids.text(), "3");
    expect_consistent();
}

TEST_F(MailboxTest, RenamingInboxIsOneCommit)
{
    fill(3);
    ASSERT_TRUE(store(UidSet({{2, 2}}), FlagMode::add, {seen, {"$kept"}}));
    engine->fail_commit_at(1, base::Fault::full);
    ASSERT_FALSE(wait(account->rename("INBOX", "old/mail")));
    EXPECT_EQ(view("INBOX")->size(), 3U);
    EXPECT_EQ((*wait(account->list()))->find("old"), nullptr);
    restart();
    EXPECT_EQ(view("INBOX")->size(), 3U);
    ASSERT_TRUE(wait(account->rename("INBOX", "old/mail")));
    EXPECT_EQ(engine->calls().commits, 1U) << "since the restart";
    for (int look = 0; look < 2; ++look) {
        EXPECT_EQ(view("INBOX")->size(), 0U);
        const ViewPtr moved = view("old/mail");
        ASSERT_EQ(moved->size(), 3U);
        EXPECT_EQ(moved->at(1).system, seen);
        EXPECT_EQ(moved->at(1).keywords, moved->keyword_bit("$kept"));
        EXPECT_EQ(append("new", "old/mail")->uids.text(), look == 0 ? "4" : "5");
        ASSERT_TRUE(wait(account->remove_messages(id_of("old/mail"), UidSet({{4, 9}}))));
        expect_consistent();
        restart();
    }
}

TEST_F(MailboxTest, WatchersHearOfTheirMailboxOnly)
{
    base::Signal inbox, sent;
    auto first = account->watch(id_of("INBOX"), inbox);
    auto second = account->watch(id_of("Sent"), sent);
    ASSERT_TRUE(append("one"));
    EXPECT_TRUE(inbox.take());
    EXPECT_FALSE(sent.take());
    first.reset();
    ASSERT_TRUE(append("two"));
    EXPECT_FALSE(inbox.take());
}

TEST_F(MailboxTest, ReservationsPublishInModseqOrderWhateverReturnsFirst)
{
    auto first = wait(account->reserve(id_of("INBOX"), message("first"), {}));
    auto second = wait(account->reserve(id_of("INBOX"), message("second"), {}));
    ASSERT_TRUE(first && second);
    ASSERT_TRUE(wait(engine->commit((*second)->take_batch())));
    const auto second_visible = (*second)->publish();
    bool told = false;
    base::spawn(
        loop,
        [](base::Promise<bool> visible, bool& told) -> Task<void> {
            co_await visible.wait();
            told = true;
        }(second_visible, told),
        "test");
    loop.run();
    EXPECT_EQ(view()->size(), 0U) << "the first may still land before it";
    EXPECT_FALSE(told);
    ASSERT_TRUE(wait(engine->commit((*first)->take_batch())));
    (*first)->publish();
    loop.run();
    EXPECT_EQ(view()->size(), 2U);
    EXPECT_TRUE(told);
    expect_consistent();
}

TEST_F(MailboxTest, AnAbandonedReservationLeavesAGapNotAReuse)
{
    auto first = wait(account->reserve(id_of("INBOX"), message("first"), {}));
    ASSERT_TRUE(first);
    first->reset();
    loop.run();
    EXPECT_EQ(append("second")->uids.text(), "2");
    EXPECT_EQ(wait(account->usage())->messages, 1U);
    expect_consistent();
}

TEST_F(MailboxTest, ALostCommitBetweenTwoDurableOnesStaysAGapAfterACrash)
{
    auto lost = wait(account->reserve(id_of("INBOX"), message("lost"), {}));
    auto kept = wait(account->reserve(id_of("INBOX"), message("kept"), {}));
    ASSERT_TRUE(wait(engine->commit((*kept)->take_batch())));
    lost->reset();
    kept->reset();
    restart();
    ASSERT_EQ(view()->size(), 1U);
    EXPECT_EQ(view()->at(0).uid, 2U);
    EXPECT_EQ(append("next")->uids.text(), "3");
    expect_consistent();
}

TEST_F(MailboxTest, ARemovedAccountLeavesNothingAndTakesNothingMore)
{
    fill(3);
    ASSERT_TRUE(wait(account->create("Work")));
    ASSERT_TRUE(wait(accounts->erase(AccountId{7})));
    EXPECT_EQ(append("late").error().fault, Fault::not_found) << "a session that is still open";
    auto late = wait(account->reserve(id_of("INBOX"), message("late"), {}));
    EXPECT_EQ(late.error().fault, Fault::not_found);
    EXPECT_EQ(wait(accounts->erase(AccountId{7})).error().fault, Fault::not_found);
    account = open(); // a delivery that asked the directory just before
    EXPECT_EQ(append("later").error().fault, Fault::not_found);
    EXPECT_TRUE(wait(scan_all(*engine, storage::Range::prefix("m")))->empty());
    EXPECT_EQ(wait(engine->collect_blobs()).value_or(0), 3U);
}

template <class T>
Task<void> keep(Task<T> task, std::optional<T>& into)
{
    auto got = co_await task;
    into.emplace(std::move(got));
}

TEST_F(MailboxTest, AnAppendToAMailboxOnItsWayOutIsRefused)
{
    ASSERT_TRUE(wait(account->create("Work")));
    const MailboxId work = id_of("Work");
    ASSERT_TRUE(append("early", "Work"));
    std::optional<Outcome<void>> removed;
    std::optional<Outcome<Appended>> late;
    std::vector<NewMessage> messages;
    messages.push_back(message("late"));
    engine->hold_syncs(true);
    base::spawn(loop, keep(account->remove("Work"), removed), "remove");
    loop.run();
    base::spawn(loop, keep(account->append(work, std::move(messages), {}), late), "append");
    loop.run();
    engine->hold_syncs(false);
    loop.run();
    ASSERT_TRUE(removed && *removed);
    ASSERT_TRUE(late && !*late);
    EXPECT_EQ(late->error().fault, Fault::not_found);
    EXPECT_EQ(wait(account->usage())->messages, 0U);
    expect_consistent();
}

TEST_F(MailboxTest, ACheckpointDoesNotBringARemovedMailboxBack)
{
    ASSERT_TRUE(wait(account->create("Work")));
    const MailboxId work = id_of("Work");
    ASSERT_TRUE(append("early", "Work"));
    std::optional<Outcome<void>> removed;
    std::optional<Outcome<void>> flushed;
    engine->hold_syncs(true);
    base::spawn(loop, keep(account->remove("Work"), removed), "remove");
    loop.run();
    base::spawn(loop, keep(accounts->flush(), flushed), "flush");
    loop.run();
    engine->hold_syncs(false);
    loop.run();
    ASSERT_TRUE(removed && *removed && flushed && *flushed);
    for (const char kind : {'h', 'p'})
        EXPECT_TRUE(wait(scan_all(*engine, storage::Range::prefix(layout::mailbox(AccountId{7}, kind, work))))
                        ->empty());
    expect_consistent();
}

TEST_F(MailboxTest, ABrokenCheckpointIsRebuiltFromTheLog)
{
    fill(30); // more than checkpoint_after
    ASSERT_TRUE(wait(accounts->flush()));
    const auto pages = wait(engine->scan(storage::Range::prefix("m"), 10'000));
    storage::Batch harm;
    for (const storage::Item& item : pages->items)
        if (item.key.size() > 9 && item.key[9] == 'p')
            harm.put(item.key, "garbage");
    ASSERT_FALSE(harm.empty());
    ASSERT_TRUE(wait(engine->commit(std::move(harm))));
    restart();
    EXPECT_EQ(view()->size(), 30U);
    EXPECT_EQ(append("next")->uids.text(), "31");
}

TEST_F(MailboxTest, ACheckpointBehindAFailedCommitHidesNoLaterMessage)
{
    fill(30); // more than checkpoint_after
    for (int i = 0; i < 3; ++i) {
        engine->fail_commit_at(1, base::Fault::full);
        EXPECT_FALSE(append("no room"));
    }
    engine->fail_commit_at(0);
    ASSERT_TRUE(wait(accounts->flush()));
    restart();
    ASSERT_TRUE(append("next"));
    expect_consistent();
    restart();
    EXPECT_EQ(view()->size(), 31U);
}

TEST_F(MailboxTest, TheCheckFindsAMessageWithoutItsBytes)
{
    fill(1);
    storage::Batch harm;
    harm.ref_blob(view()->at(0).blob, -1);
    ASSERT_TRUE(wait(engine->commit(std::move(harm))));
    ASSERT_TRUE(wait(engine->collect_blobs()));
    auto findings = wait(check_consistency(*engine, AccountId{7}));
    ASSERT_TRUE(findings);
    EXPECT_EQ(findings->size(), 1U);
}

TEST_F(MailboxTest, AFullMailboxOfKeywordsRefusesOneMore)
{
    fill(1);
    FlagNames many;
    for (int i = 0; i < 64; ++i)
        many.keywords.push_back("k" + std::to_string(i));
    ASSERT_TRUE(store(UidSet({{1, 1}}), FlagMode::add, many));
    EXPECT_EQ(store(UidSet({{1, 1}}), FlagMode::add, {0, {"more"}}).error().fault, Fault::too_large);
    expect_consistent();
}

} // namespace
} // namespace mansio::mailbox
