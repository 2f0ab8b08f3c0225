#include "house.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mansio::imapd::test {

namespace {

/// So many messages in INBOX, their subjects counting down.
void fill_inbox(House& house, int count)
{
    const auto account = house.account();
    auto list = house.wait(account->list());
    std::vector<mailbox::NewMessage> messages;
    for (int i = count; i >= 1; --i) {
        mailbox::NewMessage message;
        message.content = std::make_shared<const std::string>(
            fmt::format("Subject: number {:05}\r\nMessage-ID: <{}@x>\r\n\r\nx\r\n", i, i));
        message.blob = storage::BlobId::of(*message.content);
        message.internal_date = 1'700'000'000;
        messages.push_back(std::move(message));
    }
    ASSERT_TRUE(house.wait(account->append((*list)->find("INBOX")->id, std::move(messages), {})));
}

} // namespace

TEST(ImapSort, OfManyMessagesIsOneLine)
{
    constexpr int count = 8000; // enough for a worker to sort them
    House house;
    auto wire = house.logged_in();
    fill_inbox(house, count);
    command(wire, "s", "SELECT INBOX");
    std::string sorted = "* SORT";
    for (int i = count; i >= 1; --i)
        sorted += fmt::format(" {}", i);
    EXPECT_EQ(command(wire, "a", "SORT (SUBJECT FROM) UTF-8 ALL"), sorted + "\na OK sorted\n");
    EXPECT_EQ(command(wire, "b", "UID SORT RETURN (MIN MAX COUNT) (SUBJECT) UTF-8 ALL"),
              fmt::format("* ESEARCH (TAG \"b\") UID MIN {} MAX 1 COUNT {}\nb OK sorted\n", count, count));
}

TEST(ImapThread, OfManyMessagesIsOneLine)
{
    constexpr int count = 8000;
    House house;
    auto wire = house.logged_in();
    fill_inbox(house, count);
    command(wire, "s", "SELECT INBOX");
    std::string threads = "* THREAD ";
    for (int i = 1; i <= count; ++i)
        threads += fmt::format("({})", i);
    EXPECT_EQ(command(wire, "a", "THREAD REFERENCES UTF-8 ALL"), threads + "\na OK threaded\n");
    EXPECT_EQ(command(wire, "b", "UID THREAD ORDEREDSUBJECT UTF-8 ALL"), threads + "\nb OK threaded\n");
}

TEST(ImapSearch, TellsHowFarItIsWhenItTakesLong)
{
    House house;
    house.imapd().progress_every = std::chrono::milliseconds(0);
    auto wire = house.logged_in();
    fill_inbox(house, 2);
    command(wire, "s", "SELECT INBOX");
    EXPECT_EQ(command(wire, "a", "SEARCH TEXT 00002"), "* OK [INPROGRESS (\"a\" 1 2)] still at it\n"
                                                       "* OK [INPROGRESS (\"a\" 2 2)] still at it\n"
                                                       "* SEARCH 1\na OK searched\n");
    EXPECT_EQ(command(wire, "b", "SEARCH SEEN"), "* SEARCH\nb OK searched\n") << "this is quick";
}

TEST(ImapSort, WithoutMemoryIsRefusedAndSavesNothing)
{
    House house;
    auto wire = house.logged_in();
    fill_inbox(house, 3);
    command(wire, "s", "SELECT INBOX");
    command(wire, "a", "SEARCH RETURN (SAVE) ALL");
    {
        auto& budget = house.imapd().budget;
        auto everything = budget.share();
        ASSERT_TRUE(everything.grow_to(64 * 1024 * 1024 - budget.used())); // as much as the house has
        constexpr std::string_view refused = "NO [LIMIT] no memory left at the moment\n";
        EXPECT_EQ(command(wire, "b", "THREAD REFERENCES UTF-8 ALL"), fmt::format("b {}", refused));
        EXPECT_EQ(command(wire, "c", "SORT (ARRIVAL) UTF-8 ALL"), fmt::format("c {}", refused));
        EXPECT_EQ(command(wire, "d", "SEARCH $"), "* SEARCH 1 2 3\nd OK searched\n");
        EXPECT_EQ(command(wire, "e", "SORT RETURN (SAVE) (ARRIVAL) UTF-8 ALL"), fmt::format("e {}", refused));
    }
    EXPECT_EQ(command(wire, "f", "SEARCH $"), "* SEARCH\nf OK searched\n");
}

} // namespace mansio::imapd::test
