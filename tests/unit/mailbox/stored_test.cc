// Stored bytes are untrusted: what encode() never wrote is corrupt, and is never taken for something else.
#include "mailbox/change.h"
#include "mailbox/index.h"

#include <gtest/gtest.h>
#include <limits>

namespace mansio::mailbox {
namespace {

constexpr MailboxId inbox{1};
constexpr Uid last_uid = std::numeric_limits<Uid>::max();

AppendEntry append_entry(Uid uid)
{
    Message message;
    message.uid = uid;
    message.size = 5;
    return {inbox, {}, {message}};
}

bool is_corrupt(const Change& change)
{
    const auto read = decode_change(change.modseq, encode(change));
    return !read && read.error().fault == base::Fault::corrupt;
}

TEST(StoredChange, WithMoreKeywordsThanBitsIsCorrupt)
{
    AppendEntry appended = append_entry(1);
    appended.keywords.assign(max_keywords, "k");
    EXPECT_FALSE(is_corrupt({2, {appended}}));
    appended.keywords.push_back("one more");
    EXPECT_TRUE(is_corrupt({2, {appended}}));
    EXPECT_TRUE(is_corrupt({2, {FlagsEntry{inbox, appended.keywords, {{0, ~0ULL, UidSet::of({1})}}}}}));
}

TEST(StoredChange, OfAnUnknownEventIsCorrupt)
{
    EXPECT_FALSE(is_corrupt({2, {NameEntry{NameEntry::What::annotated, inbox, "a"}}}));
    EXPECT_TRUE(is_corrupt({2, {NameEntry{static_cast<NameEntry::What>(6), inbox, "a"}}}));
}

TEST(StoredIndex, TakesNoMessageBehindWhichThereIsNoUid)
{
    Index index(inbox, 1);
    index.apply(append_entry(last_uid), 2);
    index.apply(append_entry(last_uid), 3);
    EXPECT_TRUE(index.now().empty());
    index.apply(append_entry(last_uid - 1), 4);
    ASSERT_EQ(index.now().size(), 1U);
    EXPECT_EQ(index.now().uid_next(), last_uid);

    std::string page = index.page_changes().put.front().second;
    EXPECT_TRUE(Index(inbox, 1).load_page(page));
    const std::size_t uid = page.find('\xfe'); // the first byte of its LEB128
    ASSERT_NE(uid, std::string::npos);
    page[uid] = '\xff';
    EXPECT_FALSE(Index(inbox, 1).load_page(page));
}

} // namespace
} // namespace mansio::mailbox
