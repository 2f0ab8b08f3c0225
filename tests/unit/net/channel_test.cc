#include "net_test.h"

#include <random>
#include <thread>

namespace mansio::net {
namespace {

class ChannelTest : public WithLoop {
protected:
    void send(std::string_view bytes) { ASSERT_TRUE(run(peer.write_all(bytes, soon()))); }
    Outcome<Line> line(std::size_t max = 1000) { return run(channel.read_line({max}, soon())); }

    std::pair<Stream, Stream> pair = stream_pair(loop, loop);
    Channel channel{std::move(pair.first)};
    Stream peer{std::move(pair.second)};
};

struct Row {
    std::string_view sent;
    std::string_view text;
    LineEnding ending;
};

TEST_F(ChannelTest, ReadsLinesAndTellsTheirEndings)
{
    constexpr Row rows[] = {
        {"NOOP\r\n", "NOOP", LineEnding::crlf},
        {"bare\n", "bare", LineEnding::lf},
        {"\r\n", "", LineEnding::crlf},
        {"\n", "", LineEnding::lf},
        {"a\rb\r\n", "a\rb", LineEnding::crlf},
        {"a\r\r\n", "a\r", LineEnding::crlf},
        {std::string_view("nul\0in\r\n", 8), std::string_view("nul\0in", 6), LineEnding::crlf},
    };
    for (const Row& row : rows)
        send(row.sent);
    for (const Row& row : rows) {
        auto got = line();
        ASSERT_TRUE(got);
        EXPECT_EQ(got->text, row.text);
        EXPECT_EQ(got->ending, row.ending);
    }
    EXPECT_FALSE(channel.has_buffered_input());
}

TEST_F(ChannelTest, TheLimitCountsTextOnly)
{
    send("12345\r\n12345\n123456\r\n123456\nok\r\n");
    EXPECT_EQ(line(5)->text, "12345");
    EXPECT_EQ(line(5)->text, "12345");
    EXPECT_EQ(line(5).error().fault, Fault::too_large);
    EXPECT_EQ(line(5).error().fault, Fault::too_large);
    EXPECT_EQ(line(5)->text, "ok");
}

TEST_F(ChannelTest, ALineMayBeLongerThanTheBuffer)
{
    const std::string long_text(100'000, 'x');
    std::thread sender([&] { send(long_text + "\r\nnext\r\n"); });
    EXPECT_EQ(line(100'000)->text, long_text);
    EXPECT_EQ(line()->text, "next");
    sender.join();
}

TEST_F(ChannelTest, AnOverlongLineIsDroppedAndTheSessionGoesOn)
{
    std::thread sender([&] { send(std::string(500'000, 'x') + "\r\nNOOP\r\n"); });
    EXPECT_EQ(line(1000).error().fault, Fault::too_large);
    EXPECT_EQ(line()->text, "NOOP");
    sender.join();
}

Task<void> flood(Stream stream)
{
    const std::string block(64 * 1024, 'x');
    Outcome<void> sent;
    for (int i = 0; i < 100 && sent; ++i)
        sent = co_await stream.write_all(block, soon());
}

TEST_F(ChannelTest, ALineWithoutEndIsCutOffAfterOneAnswer)
{
    base::spawn(loop, flood(std::move(peer)), "flood");
    EXPECT_EQ(line(1000).error().fault, Fault::too_large);
    EXPECT_EQ(line(1000).error().fault, Fault::closed);
    EXPECT_EQ(line(1000).error().fault, Fault::closed);
}

TEST_F(ChannelTest, KeepsTheHeadOfAnOverlongLine)
{
    send("a1 " + std::string(100, 'x') + "\r\nabc\r\n" + std::string(8, 'y') + "\r\n");
    EXPECT_EQ(line(50).error().fault, Fault::too_large);
    EXPECT_EQ(channel.overlong_head(), "a1 " + std::string(29, 'x'));
    EXPECT_EQ(line(5)->text, "abc");
    EXPECT_EQ(line(5).error().fault, Fault::too_large);
    EXPECT_TRUE(channel.overlong_head().starts_with("yyyyyyyy"));
}

TEST_F(ChannelTest, AnEndInTheMiddleOfALineIsClosed)
{
    send("QUI");
    loop.post([this] { peer.shutdown_write(); });
    EXPECT_EQ(line().error().fault, Fault::closed);
}

/// However the bytes are cut up, the lines are the same.
TEST_F(ChannelTest, LinesDoNotDependOnPackets)
{
    std::mt19937 random(7);
    std::vector<std::string> lines;
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        lines.push_back(std::string(random() % 200, 'x') + (random() % 5 == 0 ? "\r" : ""));
        bytes += lines.back() + "\r\n";
    }
    std::thread sender([&] {
        std::mt19937 cuts(11);
        for (std::string_view rest = bytes; !rest.empty();) {
            const std::size_t size = std::min<std::size_t>(rest.size(), 1 + cuts() % 90);
            send(rest.substr(0, size));
            rest.remove_prefix(size);
        }
    });
    for (const std::string& expected : lines) {
        auto got = line();
        ASSERT_TRUE(got);
        EXPECT_EQ(got->text, expected);
    }
    sender.join();
}

Task<void> answer_pipelined(Channel& channel, int count)
{
    for (int i = 0; i < count; ++i) {
        auto got = co_await channel.read_line({100}, soon());
        channel.write("+OK " + got->text + "\r\n");
        if (!channel.has_buffered_input())
            co_await channel.flush(soon());
    }
}

TEST_F(ChannelTest, PipelinedLinesAreAnsweredInOneFlush)
{
    send("A\r\nB\r\nC\r\n");
    run(answer_pipelined(channel, 3));
    char buffer[100];
    auto got = run(peer.read_some(buffer, sizeof(buffer), soon()));
    EXPECT_EQ(std::string(buffer, *got), "+OK A\r\n+OK B\r\n+OK C\r\n");
}

TEST_F(ChannelTest, AReadThatWaitsFlushesFirst)
{
    channel.write("220 hello\r\n");
    EXPECT_EQ(channel.pending_output(), 11u);
    std::thread client([&] {
        char buffer[100];
        auto got = run(peer.read_some(buffer, sizeof(buffer), soon()));
        EXPECT_EQ(std::string(buffer, *got), "220 hello\r\n");
        send("EHLO x\r\n");
    });
    EXPECT_EQ(line()->text, "EHLO x");
    client.join();
    EXPECT_EQ(channel.pending_output(), 0u);
}

TEST_F(ChannelTest, ReadsExactlyAndDiscards)
{
    send("12345678rest\r\n");
    std::string literal = "x";
    EXPECT_TRUE(run(channel.read_exact(literal, 5, soon())));
    EXPECT_EQ(literal, "x12345");
    EXPECT_TRUE(run(channel.discard(3, soon())));
    EXPECT_TRUE(channel.has_buffered_input());
    EXPECT_EQ(line()->text, "rest");
}

TEST_F(ChannelTest, ChunksStayUntilConsumed)
{
    send("abcdef");
    EXPECT_EQ(*run(channel.read_chunk(soon())), "abcdef");
    channel.consume(2);
    EXPECT_EQ(*run(channel.read_chunk(soon())), "cdef");
    channel.consume(4);
    EXPECT_FALSE(channel.has_buffered_input());
}

TEST_F(ChannelTest, WritesABodyAfterWhatIsPending)
{
    channel.write("* 1 FETCH {4}\r\n");
    EXPECT_TRUE(run(channel.write_through("body", soon())));
    char buffer[100];
    auto got = run(peer.read_some(buffer, sizeof(buffer), soon()));
    EXPECT_EQ(std::string(buffer, *got), "* 1 FETCH {4}\r\nbody");
}

TEST_F(ChannelTest, SendsSharedPiecesInTheirPlaceAndKeepsThemUntilThen)
{
    auto body = std::make_shared<const std::string>(100'000, 'b');
    const std::weak_ptr<const std::string> held = body;
    channel.write("head ");
    channel.write_shared(body, std::string_view(*body).substr(10, 50'000));
    channel.write(" between ");
    channel.write_shared(body, std::string_view(*body).substr(0, 3));
    channel.write(" tail\n");
    body.reset();
    EXPECT_FALSE(held.expired());
    EXPECT_EQ(channel.pending_output(), 5u + 50'000 + 9 + 3 + 6);
    const std::string wanted = "head " + std::string(50'000, 'b') + " between bbb tail\n";
    std::string got;
    std::thread reader([&] {
        std::string buffer(100'000, '\0');
        while (got.size() < wanted.size()) {
            auto read = run(peer.read_some(buffer.data(), buffer.size(), soon()));
            if (!read)
                break;
            got.append(buffer, 0, *read);
        }
    });
    EXPECT_TRUE(run(channel.flush(soon())));
    reader.join();
    EXPECT_EQ(got, wanted);
    EXPECT_TRUE(held.expired());
    EXPECT_EQ(channel.pending_output(), 0u);
}

TEST_F(ChannelTest, BufferedInputEndsAnIdleWaitAtOnce)
{
    base::Signal signal;
    send("IDLE\r\nDONE\r\n");
    EXPECT_EQ(line()->text, "IDLE");
    channel.write("+ idling\r\n");
    EXPECT_EQ(run(channel.wait_input_or(signal, soon())), Woken::readable);
    EXPECT_EQ(channel.pending_output(), 0u);
    EXPECT_EQ(line()->text, "DONE");
    signal.raise();
    EXPECT_EQ(run(channel.wait_input_or(signal, soon())), Woken::signalled);
}

TEST_F(ChannelTest, APeerThatDoesNotReadIsCutOffAtTheWriteTimeoutNotTheReads)
{
    channel.set_write_timeout(50ms);
    channel.write(std::string(8 * 1024 * 1024, 'x'));
    EXPECT_EQ(line().error().fault, Fault::closed);
    EXPECT_FALSE(channel.stream().is_open());
}

TEST_F(ChannelTest, AWaitForInputIsCutOffAtTheWriteTimeoutToo)
{
    base::Signal signal;
    channel.set_write_timeout(50ms);
    channel.write(std::string(8 * 1024 * 1024, 'x'));
    EXPECT_EQ(run(channel.wait_input_or(signal, soon())), Woken::closed);
}

/// How many lines were read before other work of the loop got its turn.
Task<int> lines_before_others(Loop& loop, Channel& channel, int lines)
{
    int read = 0;
    int at_turn = lines;
    loop.post([&] { at_turn = read; });
    while (read < lines) {
        auto line = co_await channel.read_line({100}, soon());
        if (!line)
            break;
        ++read;
    }
    co_await base::yield(); // behind the post, which refers to this frame
    co_return at_turn;
}

TEST_F(ChannelTest, PipelinedLinesLetTheOthersOfTheLoopRun)
{
    std::string lines;
    for (int i = 0; i < 1000; ++i)
        lines += "NOOP\r\n";
    send(lines);
    EXPECT_LT(run(lines_before_others(loop, channel, 1000)), 100);
}

} // namespace
} // namespace mansio::net
