#include "net_test.h"

#include "net/listener.h"

#include <fstream>
#include <malloc.h>

namespace mansio::net {
namespace {

using IdleMemory = WithLoop;

std::size_t resident_bytes()
{
    std::ifstream in("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    in >> total >> resident;
    return resident * 4096;
}

/// What a session looks like while its client is silent.
Task<void> idle_session(Stream stream, std::optional<TlsContext> context, std::atomic<int>& waiting)
{
    Channel channel(std::move(stream));
    if (context) {
        auto facts = co_await channel.stream().start_tls_server(*context, soon());
        if (!facts)
            co_return;
    }
    ++waiting;
    auto line = co_await channel.read_line({8192}, Deadline::after(1h));
    --waiting;
}

Task<Outcome<TlsFacts>> shake(Stream& stream, TlsContext context)
{
    auto facts = co_await stream.start_tls_client(context, {}, soon());
    co_return facts;
}

/// Client and server are both in this process, so the number counts two streams and one session. Printed, not
/// asserted: it depends on the allocator.
void measure(Loop& loop, std::optional<TlsContext> server, std::string_view what)
{
    constexpr int count = 1000;
    std::atomic<int> waiting = 0;
    auto listener = Listener::open(loop, Address::loopback(0)).value();
    listener->serve(
        [&](Stream stream) { base::spawn(loop, idle_session(std::move(stream), server, waiting), "idle"); });
    std::vector<Stream> clients;
    const auto client_context = TlsContext::client().value();
    const std::size_t before = resident_bytes();
    for (int i = 0; i < count; ++i) {
        auto stream = sync_wait(loop, connect(loop, listener->local(), {.deadline = soon()}));
        ASSERT_TRUE(stream) << stream.error().cause;
        if (server)
            ASSERT_TRUE(sync_wait(loop, shake(*stream, client_context)));
        clients.push_back(std::move(*stream));
    }
    while (waiting < count)
        sync_wait(loop, sleep_until(Deadline::after(5ms)));
    const std::size_t grown = resident_bytes() - before;
    std::printf("%.*s: %zu bytes a connection, client and server together\n", static_cast<int>(what.size()),
                what.data(), grown / count);
    clients.clear();
    while (waiting > 0)
        sync_wait(loop, sleep_until(Deadline::after(5ms)));
}

TEST_F(IdleMemory, IsPrinted)
{
    ScratchDirectory directory;
    TlsServerSettings settings{.certificates = {write_certificate(directory, "a", "a.test")}, .alpn = {}};
    measure(loop, std::nullopt, "plain");
    measure(loop, TlsContext::server(settings).value(), "TLS");
}

} // namespace
} // namespace mansio::net
