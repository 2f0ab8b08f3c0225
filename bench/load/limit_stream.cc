// Loopback's own rate, plain and under TLS.
#include "load/limits.h"

#include "net/listener.h"
#include "net/stream.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>

namespace mansio::load {
namespace {

using base::fail;
using base::Fault;

constexpr std::size_t piece = 64 * 1024;

struct Contexts {
    net::TlsContext server;
    net::TlsContext client;
};

/// A folder of our own, gone at the end.
class TemporaryFolder {
public:
    TemporaryFolder()
    {
        std::string name = std::filesystem::temp_directory_path() / "mansio-load-XXXXXX";
        if (::mkdtemp(name.data()))
            m_path = name;
    }
    ~TemporaryFolder()
    {
        std::error_code ignored; // it is only litter
        std::filesystem::remove_all(m_path, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string write(const std::string& name, const std::string& text) const
    {
        const auto path = m_path / name;
        std::ofstream(path) << text;
        return path;
    }

private:
    std::filesystem::path m_path;
};

/// With a certificate made for the occasion.
Outcome<Contexts> make_contexts()
{
    auto pair = net::make_self_signed("load.mansio.test");
    if (!pair)
        return std::unexpected(std::move(pair.error()));
    const TemporaryFolder folder;
    auto server =
        net::TlsContext::server({.certificates = {{folder.write("certificate.pem", pair->certificate),
                                                   folder.write("key.pem", pair->key)}}});
    if (!server)
        return std::unexpected(std::move(server.error()));
    auto client = net::TlsContext::client();
    if (!client)
        return std::unexpected(std::move(client.error()));
    return Contexts{std::move(*server), std::move(*client)};
}

struct Shared {
    Run& run;
    std::optional<Contexts> contexts; ///< for TLS
    Deadline end;
    std::promise<void> read;
};

Task<Outcome<void>> secure_server(const Shared& shared, net::Stream& stream)
{
    if (!shared.contexts)
        co_return Outcome<void>{};
    auto facts = co_await stream.start_tls_server(shared.contexts->server, shared.run.deadline());
    if (!facts)
        co_return std::unexpected(std::move(facts.error()));
    co_return Outcome<void>{};
}

Task<Outcome<void>> secure_client(const Shared& shared, net::Stream& stream)
{
    if (!shared.contexts)
        co_return Outcome<void>{};
    auto facts = co_await stream.start_tls_client(shared.contexts->client, net::TlsClientOptions{},
                                                  shared.run.deadline());
    if (!facts)
        co_return std::unexpected(std::move(facts.error()));
    co_return Outcome<void>{};
}

/// Counts what arrives, to the end of the stream.
Task<void> read_all(Shared& shared, net::Stream stream)
{
    Tally& tally = shared.run.tally(0);
    const auto buffer = std::make_unique<char[]>(piece);
    auto secured = co_await secure_server(shared, stream);
    while (secured) {
        auto got = co_await stream.read_some(buffer.get(), piece, shared.run.deadline());
        if (!got)
            break;
        tally.bytes += *got;
    }
    if (!secured)
        tally.failed(secured.error().cause);
    shared.read.set_value();
}

Task<void> write_all(Shared& shared, net::Address address)
{
    Tally& tally = shared.run.tally(1);
    auto stream = co_await net::connect(*net::Loop::current(), std::move(address), {shared.run.deadline()});
    if (!stream) {
        tally.failed(stream.error().cause);
        shared.read.set_value();
        co_return;
    }
    auto going = co_await secure_client(shared, *stream);
    const std::string bytes(piece, 'm');
    shared.run.begin();
    while (going && !shared.end.passed()) {
        const auto since = std::chrono::steady_clock::now();
        going = co_await stream->write_all(bytes, shared.run.deadline());
        if (going)
            tally.done(since);
    }
    if (!going)
        tally.failed(going.error().cause);
    stream->close();
}

} // namespace

int measure_stream(const LimitOptions& options, Transport transport)
{
    CommonOptions common;
    common.threads = 2;
    common.deadline_seconds = options.seconds + 60;
    Run run(transport == Transport::tls ? "limit-tls" : "limit-loopback", common, 0, Tickets::at_most);
    Shared shared{run, std::nullopt, Deadline::after(std::chrono::seconds(options.seconds)), {}};
    if (transport == Transport::tls) {
        auto contexts = make_contexts();
        if (!contexts)
            return cannot_run(contexts.error());
        shared.contexts = std::move(*contexts);
    }
    net::Loop& reader = run.loops().at(0);
    auto listener = net::Listener::open(reader, net::Address::loopback(0));
    if (!listener)
        return cannot_run(listener.error());
    (*listener)->serve(
        [&](net::Stream stream) { base::spawn(reader, read_all(shared, std::move(stream)), "reader"); });
    base::spawn(run.loops().at(1), write_all(shared, (*listener)->local()), "writer");
    shared.read.get_future().wait();
    run.end();
    listener->reset();
    run.loops().stop();
    run.loops().join();
    return run.report();
}

} // namespace mansio::load
