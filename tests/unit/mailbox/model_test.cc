// Random operations against a plain model, with restarts, failing commits and crashes in between.
#include "fixture.h"

#include <map>
#include <random>

namespace mansio::mailbox {
namespace {

struct ModelMessage {
    std::uint16_t system;
    std::vector<std::string> keywords;
};
using Model = std::map<Uid, ModelMessage>;

struct MailboxModelTest : MailboxTest {
    std::mt19937 random{20261123};
    Model model;
    int serial = 0;

    int pick(int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); }
    UidSet some_uids()
    {
        UidSet uids;
        for (const auto& [uid, message] : model)
            if (pick(4) == 0)
                uids.add(uid);
        return uids;
    }
    FlagNames some_flags()
    {
        FlagNames flags{static_cast<std::uint16_t>(pick(32)), {}};
        for (const char* keyword : {"$a", "$b", "$c"})
            if (pick(3) == 0)
                flags.keywords.emplace_back(keyword);
        return flags;
    }

    void step()
    {
        const int choice = pick(10);
        if (choice < 4) {
            const FlagNames flags = some_flags();
            if (auto added = append(std::to_string(serial++), "INBOX", flags))
                model[added->uids.ranges()[0].first] = {flags.system, flags.keywords};
        } else if (choice < 7) {
            const FlagNames flags = some_flags();
            auto stored = store(some_uids(), FlagMode::replace, flags);
            if (stored)
                for (auto& [uid, message] : model)
                    if (stored->changed.contains(uid))
                        message = {flags.system, flags.keywords};
        } else if (choice < 8) {
            auto gone = wait(account->expunge(id_of("INBOX"), some_uids()));
            if (gone)
                std::erase_if(model, [&](const auto& row) { return gone->contains(row.first); });
        } else if (choice < 9) {
            auto moved = wait(account->move(id_of("INBOX"), some_uids(), id_of("INBOX")));
            if (moved)
                for (std::size_t i = 0; i < moved->from.size(); ++i) {
                    auto node = model.extract(moved->from[i]);
                    node.key() = moved->to[i];
                    model.insert(std::move(node));
                }
        } else {
            restart();
        }
    }

    void compare()
    {
        const ViewPtr now = view();
        ASSERT_EQ(now->size(), model.size());
        std::size_t index = 0;
        for (const auto& [uid, message] : model) {
            const Message& row = now->at(index++);
            ASSERT_EQ(row.uid, uid);
            ASSERT_EQ(row.system, message.system) << uid;
            std::uint64_t keywords = 0;
            for (const std::string& keyword : message.keywords)
                keywords |= now->keyword_bit(keyword);
            ASSERT_EQ(row.keywords, keywords) << uid;
        }
    }
};

TEST_F(MailboxModelTest, BehavesLikeThePlainModelThroughRestarts)
{
    for (int i = 0; i < 600; ++i) {
        step();
        compare();
        if (HasFatalFailure())
            FAIL() << "at step " << i;
    }
    expect_consistent();
}

TEST_F(MailboxModelTest, AFailingCommitChangesNothingWhicheverItIs)
{
    for (std::size_t i = 0; i < 300; ++i) {
        if (i % 3 == 0)
            engine->fail_commit_at(1 + i % 2, base::Fault::full);
        step();
        engine->fail_commit_at(0);
        loop.run();
        compare();
        if (HasFatalFailure())
            FAIL() << "at step " << i;
    }
    expect_consistent();
}

/// What two views say to each other, the slow way.
void expect_difference(const View& older, const View& newer)
{
    const Difference got = difference(older, newer);
    std::vector<std::size_t> expunged, changed;
    std::size_t appended = 0;
    for (std::size_t i = 0; i < older.size(); ++i)
        if (!newer.find(older.at(i).uid))
            expunged.push_back(i);
    for (std::size_t i = 0; i < newer.size(); ++i) {
        const auto before = older.find(newer.at(i).uid);
        if (!before)
            ++appended;
        else if (!(older.at(*before) == newer.at(i)))
            changed.push_back(i);
    }
    ASSERT_EQ(got.expunged, expunged);
    ASSERT_EQ(got.changed, changed);
    ASSERT_EQ(got.appended(), appended);
    ASSERT_EQ(got.first_new, newer.size() - appended) << "UIDs ascend: new ones are last";
}

TEST_F(MailboxModelTest, DifferencesBetweenAnyTwoMomentsAreExact)
{
    std::vector<ViewPtr> moments{view()};
    for (int i = 0; i < 200; ++i) {
        step();
        moments.push_back(view());
        const ViewPtr older = moments[static_cast<std::size_t>(pick(static_cast<int>(moments.size())))];
        const ViewPtr newer = moments.back();
        expect_difference(*older, *newer);
        const ViewPtr held = hold_expunges(older, newer);
        const Difference rest = difference(*held, *newer);
        ASSERT_TRUE(rest.changed.empty());
        ASSERT_EQ(rest.appended(), 0U);
        ASSERT_EQ(difference(*older, *held).expunged.size(), 0U);
        if (HasFatalFailure())
            FAIL() << "at step " << i;
    }
}

TEST_F(MailboxTest, ALargeMailboxOpensFromItsPages)
{
    options.checkpoint_after = 1'000;
    restart();
    std::vector<NewMessage> messages;
    for (int i = 0; i < 5'000; ++i) {
        messages.push_back(message("same"));
        messages.back().forms = std::make_shared<const std::string>("x");
    }
    ASSERT_TRUE(wait(account->append(id_of("INBOX"), std::move(messages), {})));
    ASSERT_TRUE(store(UidSet({{10, 4'000}}), FlagMode::add, {seen, {}}));
    ASSERT_TRUE(wait(accounts->flush()));
    restart();
    const auto before = engine->calls();
    const ViewPtr now = view();
    EXPECT_EQ(now->size(), 5'000U);
    EXPECT_EQ(now->totals().unseen, 5'000U - 3'991U);
    EXPECT_LT(engine->calls().scans - before.scans, 10U) << "pages, not rows";
    expect_consistent();
}

} // namespace
} // namespace mansio::mailbox
