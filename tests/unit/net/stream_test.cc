#include "net_test.h"

#include "net/listener.h"

#include "base/log.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace mansio::net {
namespace {

using StreamTest = WithLoop;

Task<void> echo(Stream stream)
{
    std::string buffer(4096, '\0');
    for (;;) {
        auto got = co_await stream.read_some(buffer.data(), buffer.size(), soon());
        if (!got)
            co_return;
        auto sent = co_await stream.write_all(std::string_view(buffer).substr(0, *got), soon());
        if (!sent)
            co_return;
    }
}

Task<std::string> read_n(Stream& stream, std::size_t n)
{
    std::string all;
    char buffer[4096];
    while (all.size() < n) {
        auto got = co_await stream.read_some(buffer, sizeof(buffer), soon());
        if (!got)
            break;
        all.append(buffer, *got);
    }
    co_return all;
}

Task<std::string> ask_echo(Loop& loop, Address address, std::string question)
{
    auto stream = co_await connect(loop, address, {.deadline = soon()});
    if (!stream)
        co_return stream.error().cause;
    auto sent = co_await stream->write_all(question, soon());
    auto answer = co_await read_n(*stream, question.size());
    co_return sent ? answer : sent.error().cause;
}

std::unique_ptr<Listener> echo_server(Loop& loop, Address address)
{
    auto listener = Listener::open(loop, address);
    EXPECT_TRUE(listener) << listener.error().cause;
    (*listener)->serve([&loop](Stream stream) { base::spawn(loop, echo(std::move(stream)), "echo"); });
    return std::move(*listener);
}

TEST_F(StreamTest, EchoesOverTcp)
{
    auto listener = echo_server(loop, Address::loopback(0));
    EXPECT_NE(listener->local().port(), 0);
    const std::string big(300'000, 'x');
    EXPECT_EQ(run(ask_echo(loop, listener->local(), "hello")), "hello");
    EXPECT_EQ(run(ask_echo(loop, listener->local(), big)), big);
}

TEST_F(StreamTest, EchoesOverAUnixSocketAndRemovesItsFile)
{
    ScratchDirectory directory;
    const Address address = Address::unix_socket(directory.file("socket"));
    auto listener = echo_server(loop, address);
    EXPECT_EQ(run(ask_echo(loop, address, "hello")), "hello");
    EXPECT_FALSE(Listener::open(loop, address)) << "somebody listens there";
    loop.stop();
    loop.join();
    EXPECT_FALSE(std::filesystem::exists(directory.file("socket")));
}

TEST_F(StreamTest, AStaleUnixSocketIsReplaced)
{
    ScratchDirectory directory;
    const Address address = Address::unix_socket(directory.file("socket"));
    {
        Loop other;
        auto dead = Listener::open(other, address);
        ASSERT_TRUE(dead);
        std::filesystem::rename(directory.file("socket"), directory.file("kept"));
    }
    std::filesystem::rename(directory.file("kept"), directory.file("socket"));
    auto listener = echo_server(loop, address);
    EXPECT_EQ(run(ask_echo(loop, address, "hello")), "hello");
}

TEST_F(StreamTest, ConnectTellsWhyItFailed)
{
    auto listener = Listener::open(loop, Address::loopback(0));
    const Address nobody = (*listener)->local();
    listener->reset();
    loop.stop();
    loop.join();
    Loop second;
    second.start();
    auto stream = sync_wait(second, connect(second, nobody, {.deadline = soon()}));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().fault, Fault::temporary);
    EXPECT_NE(stream.error().cause.find("refused"), std::string::npos) << stream.error().cause;
}

Task<Outcome<std::size_t>> read_one(Stream& stream, Deadline deadline)
{
    char byte;
    auto got = co_await stream.read_some(&byte, 1, deadline);
    co_return got;
}

TEST_F(StreamTest, AReadEndsAtItsDeadlineAndTheStreamStaysUsable)
{
    auto [a, b] = stream_pair(loop, loop);
    auto late = run(read_one(a, Deadline::after(20ms)));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().fault, Fault::timed_out);
    EXPECT_TRUE(run(b.write_all("x", soon())));
    EXPECT_EQ(run(read_one(a, soon())).value(), 1u);
}

Task<Outcome<void>> write_until_full(Stream& stream)
{
    const std::string block(100'000, 'x');
    for (int i = 0; i < 1000; ++i) {
        auto sent = co_await stream.write_all(block, Deadline::after(30ms));
        if (!sent)
            co_return sent;
    }
    co_return Outcome<void>{};
}

TEST_F(StreamTest, AWriteToAPeerThatDoesNotReadEndsAtItsDeadline)
{
    auto [a, b] = stream_pair(loop, loop);
    auto sent = run(write_until_full(a));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().fault, Fault::timed_out);
}

Task<void> read_into(Stream& stream, base::Promise<Outcome<std::size_t>> result)
{
    auto got = co_await read_one(stream, soon());
    result.set(std::move(got));
}

Task<Outcome<std::size_t>> close_during_read(Stream& stream)
{
    base::Promise<Outcome<std::size_t>> result;
    base::spawn(stream.loop(), read_into(stream, result), "reader");
    stream.close();
    auto got = co_await result.wait();
    co_return got;
}

TEST_F(StreamTest, CloseEndsAPendingRead)
{
    auto [a, b] = stream_pair(loop, loop);
    auto got = run(close_during_read(a));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().fault, Fault::closed);
    EXPECT_EQ(a.native_handle(), -1);
    EXPECT_EQ(run(read_one(b, soon())).error().fault, Fault::closed);
}

Task<Outcome<std::size_t>> stop_reading_during_read(Stream& stream)
{
    base::Promise<Outcome<std::size_t>> result;
    base::spawn(stream.loop(), read_into(stream, result), "reader");
    stream.stop_reading();
    auto got = co_await result.wait();
    auto sent = co_await stream.write_all("bye", soon());
    EXPECT_TRUE(sent);
    co_return got;
}

TEST_F(StreamTest, StopReadingEndsReadsAndLetsWritesGoOn)
{
    auto [a, b] = stream_pair(loop, loop);
    auto got = run(stop_reading_during_read(a));
    EXPECT_EQ(got.error().cause, "shutting down");
    EXPECT_EQ(run(read_n(b, 3)), "bye");
}

Task<void> half_close(Stream& stream)
{
    auto sent = co_await stream.write_all("last words", soon());
    EXPECT_TRUE(sent);
    stream.shutdown_write();
}

TEST_F(StreamTest, AHalfClosedPeerStillHearsTheAnswer)
{
    auto [a, b] = stream_pair(loop, loop);
    run(half_close(a));
    EXPECT_EQ(run(read_n(b, 100)), "last words");
    EXPECT_TRUE(run(b.write_all("answer", soon())));
    EXPECT_EQ(run(read_n(a, 6)), "answer");
}

Task<void> finish(Stream& stream)
{
    co_await stream.finish(soon());
}

TEST_F(StreamTest, FinishLosesNoLastReplyAlthoughInputIsUnread)
{
    auto listener = Listener::open(loop, Address::loopback(0));
    base::Promise<bool> served;
    (*listener)->serve([&](Stream accepted) {
        struct Goodbye {
            static Task<void> say(Stream stream, base::Promise<bool> done)
            {
                auto sent = co_await stream.write_all("421 bye\r\n", soon());
                co_await stream.finish(soon());
                done.set(sent.has_value());
            }
        };
        base::spawn(loop, Goodbye::say(std::move(accepted), served), "goodbye");
    });
    auto client = run(connect(loop, (*listener)->local(), {.deadline = soon()}));
    ASSERT_TRUE(client);
    EXPECT_TRUE(run(client->write_all(std::string(100'000, 'x'), soon())));
    EXPECT_EQ(run(read_n(*client, 9)), "421 bye\r\n");
    run(finish(*client));
}

Task<void> say_goodbye_while_draining(Stream stream)
{
    stream.stop_reading();
    auto sent = co_await stream.write_all("421 bye\r\n", soon());
    EXPECT_TRUE(sent);
    co_await stream.finish(soon());
}

TEST_F(StreamTest, FinishReadsOnAfterStopReading)
{
    auto listener = Listener::open(loop, Address::loopback(0)).value();
    listener->serve([&](Stream accepted) {
        base::spawn(loop, say_goodbye_while_draining(std::move(accepted)), "goodbye");
    });
    auto client = run(connect(loop, listener->local(), {.deadline = soon()}));
    ASSERT_TRUE(client);
    EXPECT_TRUE(run(client->write_all(std::string(100'000, 'x'), soon())));
    EXPECT_EQ(run(read_n(*client, 9)), "421 bye\r\n");
}

/// Takes descriptors until there are no more.
struct AllDescriptors {
    AllDescriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &before);
        rlimit few = before;
        few.rlim_cur = 256;
        ::setrlimit(RLIMIT_NOFILE, &few);
        for (int taken = ::dup(0); taken >= 0; taken = ::dup(0))
            descriptors.push_back(taken);
    }
    ~AllDescriptors()
    {
        for (int taken : descriptors)
            ::close(taken);
        ::setrlimit(RLIMIT_NOFILE, &before);
    }
    rlimit before;
    std::vector<int> descriptors;
};

struct NoteErrors final : base::LogSink {
    bool wants(std::string_view, base::Level) const override { return true; }
    void write(const base::Event& event) override { noted.set(std::string(event.what)); }
    base::Promise<std::string> noted;
};

Task<std::string> wait_for_text(base::Promise<std::string> promise)
{
    auto text = co_await promise.wait();
    co_return text;
}

TEST_F(StreamTest, AListenerWithoutDescriptorsSaysSoAndGoesOnLater)
{
#if __has_feature(undefined_behavior_sanitizer)
    GTEST_SKIP() << "UBSan's vptr check opens a pipe and calls every object broken when it can't";
#endif
    auto listener = echo_server(loop, Address::loopback(0));
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(listener->local().port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    NoteErrors errors;
    base::set_log_sink(&errors);
    {
        AllDescriptors taken;
        ASSERT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
        EXPECT_EQ(run(wait_for_text(errors.noted)), "no room for a connection");
    }
    ASSERT_EQ(::send(client, "ping", 4, 0), 4);
    char answer[4];
    EXPECT_EQ(::recv(client, answer, 4, MSG_WAITALL), 4);
    base::set_log_sink(nullptr);
    ::close(client);
}

Task<Outcome<void>> write_pieces(Stream& stream, const std::vector<std::string>& pieces)
{
    std::vector<std::string_view> views(pieces.begin(), pieces.end());
    auto sent = co_await stream.write_all(std::span<const std::string_view>(views), soon());
    co_return sent;
}

TEST_F(StreamTest, PiecesArriveInOrderWhateverTheirSizes)
{
    auto streams = stream_pair(loop, loop);
    Stream &a = streams.first, &b = streams.second;
    std::vector<std::string> pieces;
    std::string all;
    for (std::size_t i = 0; i < 300; ++i) {
        pieces.push_back(std::string(i * 37 % 5000, static_cast<char>('a' + i % 26)));
        all += pieces.back();
    }
    std::thread writer([&] { EXPECT_TRUE(run(write_pieces(a, pieces))); });
    EXPECT_EQ(run(read_n(b, all.size())), all);
    writer.join();
    EXPECT_EQ(a.bytes_out(), all.size());
    EXPECT_EQ(b.bytes_in(), all.size());
}

Task<Woken> wait_or(Stream& stream, base::Signal& signal, Deadline deadline)
{
    auto woken = co_await stream.wait_readable_or(signal, deadline);
    co_return woken;
}

TEST_F(StreamTest, ASignalWakesTheWaitBeforeAndDuringIt)
{
    auto [a, b] = stream_pair(loop, loop);
    base::Signal signal;
    signal.raise();
    EXPECT_EQ(run(wait_or(a, signal, soon())), Woken::signalled);
    EXPECT_TRUE(signal.take());
    EXPECT_EQ(run(wait_or(a, signal, Deadline::after(20ms))), Woken::deadline);
    for (int i = 0; i < 200; ++i) {
        std::thread raiser([&] { signal.raise(); });
        EXPECT_EQ(run(wait_or(a, signal, soon())), Woken::signalled);
        raiser.join();
        EXPECT_TRUE(signal.take());
    }
}

TEST_F(StreamTest, InputGoesBeforeTheSignal)
{
    auto [a, b] = stream_pair(loop, loop);
    base::Signal signal;
    EXPECT_TRUE(run(b.write_all("DONE", soon())));
    signal.raise();
    EXPECT_EQ(run(wait_or(a, signal, soon())), Woken::readable);
    EXPECT_TRUE(signal.raised()) << "it is kept for the next wait";
    EXPECT_EQ(run(read_n(a, 4)), "DONE");
    EXPECT_EQ(run(wait_or(a, signal, soon())), Woken::signalled);
}

Task<void> wait_into(Stream& stream, base::Signal& signal, base::Promise<Woken> result)
{
    auto woken = co_await wait_or(stream, signal, soon());
    result.set(woken);
}

Task<Woken> close_during_idle(Stream& stream, base::Signal& signal)
{
    base::Promise<Woken> result;
    base::spawn(stream.loop(), wait_into(stream, signal, result), "idle");
    stream.close();
    auto woken = co_await result.wait();
    co_return woken;
}

TEST_F(StreamTest, CloseEndsAWaitForInputOrSignal)
{
    auto [a, b] = stream_pair(loop, loop);
    base::Signal signal;
    EXPECT_EQ(run(close_during_idle(a, signal)), Woken::closed);
    signal.raise(); // nobody listens any more
    EXPECT_EQ(run(wait_or(b, signal, soon())), Woken::readable) << "end of stream";
}

TEST_F(StreamTest, EachLoopCanListenOnTheSamePort)
{
    Loop second;
    second.start();
    auto first_listener = echo_server(loop, Address::loopback(0));
    auto second_listener = echo_server(second, first_listener->local());
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(run(ask_echo(loop, first_listener->local(), "x")), "x");
}

TEST_F(StreamTest, AStreamMayOutliveItsLoop)
{
    std::optional<Stream> kept;
    {
        Loop short_lived;
        auto [a, b] = stream_pair(short_lived, short_lived);
        kept = std::move(a);
    }
    EXPECT_FALSE(kept->is_open());
}

} // namespace
} // namespace mansio::net
