#include "net_test.h"

#include "net/listener.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace mansio::net {
namespace {

class TlsTest : public WithLoop {
protected:
    TlsTest()
        : pair(stream_pair(loop, loop))
        , server(std::move(pair.first))
        , client(std::move(pair.second))
    {
    }

    TlsContext server_context(std::vector<std::string> hostnames, std::vector<std::string> alpn = {})
    {
        TlsServerSettings settings;
        for (const std::string& hostname : hostnames)
            settings.certificates.push_back(write_certificate(directory, hostname, hostname));
        settings.alpn = std::move(alpn);
        return TlsContext::server(settings).value();
    }
    std::string ca(const std::string& hostname) { return directory.file(hostname + ".crt"); }

    struct Both {
        Outcome<TlsFacts> server;
        Outcome<TlsFacts> client;
    };
    Both handshake(const TlsContext& for_server, const TlsContext& for_client, TlsClientOptions options);

    ScratchDirectory directory;
    std::pair<Stream, Stream> pair;
    Stream server;
    Stream client;
};

Task<void> serve_handshake(Stream& stream, TlsContext context, base::Promise<Outcome<TlsFacts>> result)
{
    auto facts = co_await stream.start_tls_server(context, soon());
    if (!facts)
        stream.close();
    result.set(std::move(facts));
}

struct HandshakeResult {
    Outcome<TlsFacts> server;
    Outcome<TlsFacts> client;
};

Task<HandshakeResult> shake(Stream& server, Stream& client, TlsContext for_server, TlsContext for_client,
                            TlsClientOptions options)
{
    base::Promise<Outcome<TlsFacts>> served;
    base::spawn(server.loop(), serve_handshake(server, for_server, served), "server");
    auto facts = co_await client.start_tls_client(for_client, std::move(options), soon());
    if (!facts)
        client.close();
    auto server_facts = co_await served.wait();
    co_return HandshakeResult{std::move(server_facts), std::move(facts)};
}

TlsTest::Both TlsTest::handshake(const TlsContext& for_server, const TlsContext& for_client,
                                 TlsClientOptions options)
{
    auto result = run(shake(server, client, for_server, for_client, std::move(options)));
    return {std::move(result.server), std::move(result.client)};
}

Task<std::string> exchange(Stream& from, Stream& to, std::string text)
{
    struct Writer {
        static Task<void> write(Stream& stream, std::string bytes)
        {
            auto sent = co_await stream.write_all(bytes, soon());
            EXPECT_TRUE(sent);
        }
    };
    base::spawn(from.loop(), Writer::write(from, text), "writer");
    std::string got;
    char buffer[8192];
    while (got.size() < text.size()) {
        auto read = co_await to.read_some(buffer, sizeof(buffer), soon());
        if (!read)
            break;
        got.append(buffer, *read);
    }
    co_return got;
}

TEST_F(TlsTest, HandshakesAndCarriesBytesBothWays)
{
    auto both = handshake(server_context({"mail.example.test"}), TlsContext::client().value(),
                          {.server_name = "mail.example.test"});
    ASSERT_TRUE(both.server) << both.server.error().cause;
    ASSERT_TRUE(both.client) << both.client.error().cause;
    EXPECT_EQ(both.server->version, "TLSv1.3");
    EXPECT_EQ(both.server->sni, "mail.example.test");
    EXPECT_TRUE(server.is_tls());
    const std::string big(200'000, 'y');
    EXPECT_EQ(run(exchange(client, server, "ping")), "ping");
    EXPECT_EQ(run(exchange(server, client, big)), big);
    EXPECT_EQ(server.bytes_out(), big.size());
}

TEST_F(TlsTest, BothSidesSeeTheSameChannelBindings)
{
    auto both =
        handshake(server_context({"a.test"}), TlsContext::client().value(), {.server_name = "a.test"});
    ASSERT_TRUE(both.client && both.server);
    EXPECT_EQ(both.server->tls_exporter.size(), 32u);
    EXPECT_EQ(both.server->tls_exporter, both.client->tls_exporter);
    EXPECT_EQ(both.server->tls_server_end_point.size(), 32u);
    EXPECT_EQ(both.server->tls_server_end_point, both.client->tls_server_end_point);
    EXPECT_EQ(both.server->tls_unique, "");
}

TEST_F(TlsTest, OpportunisticGoesOnAndTellsWhatTheCertificateSays)
{
    auto both =
        handshake(server_context({"a.test"}), TlsContext::client().value(), {.server_name = "a.test"});
    ASSERT_TRUE(both.client);
    EXPECT_FALSE(both.client->verified);
    EXPECT_NE(both.client->verify_text, "ok");
    EXPECT_EQ(both.client->peer_subject, "/CN=a.test");
}

TEST_F(TlsTest, RequiredAcceptsAGoodCertificate)
{
    auto context = server_context({"a.test"});
    auto both = handshake(context, TlsContext::client(ca("a.test")).value(),
                          {.server_name = "a.test", .verify = TlsVerify::required});
    ASSERT_TRUE(both.client) << both.client.error().cause;
    EXPECT_TRUE(both.client->verified);
    EXPECT_EQ(both.client->verify_text, "ok");
}

TEST_F(TlsTest, RequiredRefusesTheWrongNameAndTheUnknownRoot)
{
    auto context = server_context({"a.test"});
    auto wrong_name = handshake(context, TlsContext::client(ca("a.test")).value(),
                                {.server_name = "b.test", .verify = TlsVerify::required});
    ASSERT_FALSE(wrong_name.client);
    EXPECT_EQ(wrong_name.client.error().fault, Fault::refused) << wrong_name.client.error().cause;
    EXPECT_FALSE(wrong_name.server);

    auto again = stream_pair(loop, loop);
    auto unknown_root = run(shake(again.first, again.second, context, TlsContext::client().value(),
                                  {.server_name = "a.test", .verify = TlsVerify::required}));
    ASSERT_FALSE(unknown_root.client);
    EXPECT_EQ(unknown_root.client.error().fault, Fault::refused);
}

TEST_F(TlsTest, TheNameAskedForChoosesTheCertificate)
{
    auto context = server_context({"first.test", "second.test", "*.wild.test"});
    struct Row {
        const char* sni;
        const char* subject;
    };
    for (const Row& row : {Row{"second.test", "/CN=second.test"}, Row{"first.test", "/CN=first.test"},
                           Row{"x.wild.test", "/CN=*.wild.test"}, Row{"x.y.wild.test", "/CN=first.test"},
                           Row{"SECOND.test", "/CN=second.test"}, Row{"", "/CN=first.test"},
                           Row{"127.0.0.1", "/CN=first.test"}}) {
        auto streams = stream_pair(loop, loop);
        auto result = run(shake(streams.first, streams.second, context, TlsContext::client().value(),
                                {.server_name = row.sni}));
        ASSERT_TRUE(result.client) << row.sni;
        EXPECT_EQ(result.client->peer_subject, row.subject) << row.sni;
        EXPECT_EQ(result.client->tls_server_end_point, result.server->tls_server_end_point);
    }
}

TEST_F(TlsTest, AgreesOnAnApplicationProtocolOrRefuses)
{
    auto context = server_context({"a.test"}, {"imap", "pop3"});
    auto both = handshake(context, TlsContext::client().value(), {.server_name = "a.test", .alpn = {"pop3"}});
    ASSERT_TRUE(both.client);
    EXPECT_EQ(both.client->alpn, "pop3");
    EXPECT_EQ(both.server->alpn, "pop3");
    auto again = stream_pair(loop, loop);
    auto other = run(shake(again.first, again.second, context, TlsContext::client().value(),
                           {.server_name = "a.test", .alpn = {"http/1.1"}}));
    EXPECT_FALSE(other.server);
}

TEST_F(TlsTest, AHandshakeWithSomethingElseFails)
{
    auto context = server_context({"a.test"});
    ASSERT_TRUE(run(client.write_all("EHLO this is no TLS\r\n", soon())));
    auto facts = run(server.start_tls_server(context, soon()));
    ASSERT_FALSE(facts);
    EXPECT_FALSE(server.is_tls());
    EXPECT_FALSE(run(server.write_all("x", soon())));
}

TEST_F(TlsTest, AHandshakeEndsAtItsDeadline)
{
    auto context = server_context({"a.test"});
    auto facts = run(server.start_tls_server(context, Deadline::after(20ms)));
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().fault, Fault::timed_out);
}

/// What a client of another make sees, with a version of its choice.
struct ForeignClient {
    ForeignClient(int descriptor, int version)
    {
        SSL_CTX* context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_security_level(context, 0);
        SSL_CTX_set_min_proto_version(context, version);
        SSL_CTX_set_max_proto_version(context, version);
        SSL* ssl = SSL_new(context);
        SSL_set_fd(ssl, descriptor);
        connected = SSL_connect(ssl) == 1;
        char out[64];
        finished = std::string(out, SSL_get_finished(ssl, out, sizeof(out)));
        SSL_free(ssl);
        SSL_CTX_free(context);
    }
    bool connected = false;
    std::string finished;
};

class TlsVersionTest : public TlsTest {
protected:
    Outcome<TlsFacts> serve(int version)
    {
        auto context = server_context({"a.test"});
        int sockets[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
        Stream stream = Stream::adopt(loop, sockets[0]).value();
        std::optional<ForeignClient> seen;
        std::thread foreign([&] { seen.emplace(sockets[1], version); });
        auto facts = run(stream.start_tls_server(context, soon()));
        foreign.join();
        ::close(sockets[1]);
        EXPECT_EQ(seen->connected, facts.has_value());
        client_finished = seen->finished;
        return facts;
    }
    std::string client_finished;
};

TEST_F(TlsVersionTest, Tls12HasTheUniqueBinding)
{
    auto facts = serve(TLS1_2_VERSION);
    ASSERT_TRUE(facts) << facts.error().cause;
    EXPECT_EQ(facts->version, "TLSv1.2");
    EXPECT_EQ(facts->tls_unique.size(), 12u);
    EXPECT_EQ(facts->tls_unique, client_finished);
}

TEST_F(TlsVersionTest, OlderVersionsAreRefused)
{
    EXPECT_FALSE(serve(TLS1_1_VERSION));
    EXPECT_FALSE(serve(TLS1_VERSION));
}

Task<Outcome<std::size_t>> read_byte(Stream& stream, Deadline deadline)
{
    char byte;
    auto got = co_await stream.read_some(&byte, 1, deadline);
    co_return got;
}

TEST_F(TlsTest, CloseSaysGoodbyeAndReadsEndAtTheirDeadline)
{
    ASSERT_TRUE(handshake(server_context({"a.test"}), TlsContext::client().value(), {}).client);
    EXPECT_EQ(run(read_byte(server, Deadline::after(20ms))).error().fault, Fault::timed_out);
    loop.post([this] { client.close(); });
    auto got = run(read_byte(server, soon()));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().fault, Fault::closed);
    EXPECT_EQ(got.error().cause, "end of stream");
}

Task<Woken> wait_or(Stream& stream, base::Signal& signal, Deadline deadline)
{
    auto woken = co_await stream.wait_readable_or(signal, deadline);
    co_return woken;
}

TEST_F(TlsTest, DecryptedBytesInsideCountAsReadable)
{
    ASSERT_TRUE(handshake(server_context({"a.test"}), TlsContext::client().value(), {}).client);
    ASSERT_TRUE(run(client.write_all("two", soon())));
    ASSERT_EQ(run(read_byte(server, soon())).value(), 1u); // the socket is empty now
    base::Signal signal;
    EXPECT_EQ(run(wait_or(server, signal, Deadline::after(5s))), Woken::readable);
    EXPECT_TRUE(run(server.wait_readable(Deadline::after(5s))));
}

Task<std::string> start_tls_session(Stream stream, TlsContext context)
{
    Channel channel(std::move(stream));
    auto command = co_await channel.read_line({100}, soon());
    const bool injected = channel.has_buffered_input();
    channel.write("220 go ahead\r\n");
    auto flushed = co_await channel.flush(soon());
    channel.drop_input();
    auto facts = co_await channel.stream().start_tls_server(context, soon());
    if (!facts)
        co_return facts.error().cause;
    auto line = co_await channel.read_line({100}, soon());
    channel.write("250 hello again\r\n");
    flushed = co_await channel.flush(soon());
    co_return command->text + (injected ? "+injected" : "") + " then " + line->text;
}

Task<void> run_session(Stream stream, TlsContext context, base::Promise<std::string> result)
{
    auto said = co_await start_tls_session(std::move(stream), context);
    result.set(said);
}

Task<std::string> start_tls_client_session(Stream& plain, TlsContext context, std::string first_bytes)
{
    Channel channel(std::move(plain));
    channel.write(first_bytes);
    auto go_ahead = co_await channel.read_line({100}, soon());
    auto facts = co_await channel.stream().start_tls_client(context, {.server_name = "a.test"}, soon());
    if (!facts)
        co_return facts.error().cause;
    channel.write("EHLO again\r\n");
    auto line = co_await channel.read_line({100}, soon());
    co_return go_ahead->text + ", " + (line ? line->text : line.error().cause);
}

TEST_F(TlsTest, StartTlsUpgradesALiveChannel)
{
    base::Promise<std::string> served;
    base::spawn(loop, run_session(std::move(server), server_context({"a.test"}), served), "session");
    const auto answer = run(start_tls_client_session(client, TlsContext::client().value(), "STARTTLS\r\n"));
    EXPECT_EQ(answer, "220 go ahead, 250 hello again");
}

Task<std::string> wait_for(base::Promise<std::string> promise)
{
    auto text = co_await promise.wait();
    co_return text;
}

TEST_F(TlsTest, InputSmuggledBehindStartTlsIsSeenAndDropped)
{
    base::Promise<std::string> served;
    base::spawn(loop, run_session(std::move(server), server_context({"a.test"}), served), "session");
    const std::string smuggled = "STARTTLS\r\nMAIL FROM:<evil@example.test>\r\n";
    run(start_tls_client_session(client, TlsContext::client().value(), smuggled));
    EXPECT_EQ(run(wait_for(served)), "STARTTLS+injected then EHLO again");
}

TEST_F(TlsTest, ReloadChangesNewSessionsAndLeavesOldOnes)
{
    TlsServerSettings settings{.certificates = {write_certificate(directory, "live", "old.test")},
                               .alpn = {}};
    auto certificates = TlsCertificates::open(settings).value();
    auto both = handshake(*certificates->current(), TlsContext::client().value(), {});
    ASSERT_TRUE(both.client);
    EXPECT_EQ(both.client->peer_subject, "/CN=old.test");
    EXPECT_FALSE(certificates->reload_if_changed().value());

    write_certificate(directory, "live", "new.test");
    EXPECT_TRUE(certificates->reload_if_changed().value());
    EXPECT_EQ(run(exchange(client, server, "still here")), "still here");
    auto again = stream_pair(loop, loop);
    auto result =
        run(shake(again.first, again.second, *certificates->current(), TlsContext::client().value(), {}));
    EXPECT_EQ(result.client->peer_subject, "/CN=new.test");
}

TEST_F(TlsTest, AFailedReloadKeepsTheCertificateAndSaysWhy)
{
    TlsServerSettings settings{.certificates = {write_certificate(directory, "live", "old.test")},
                               .alpn = {}};
    auto certificates = TlsCertificates::open(settings).value();
    const auto before = certificates->current();
    directory.write("live.key", make_self_signed("other.test")->key);
    auto reloaded = certificates->reload_if_changed();
    ASSERT_FALSE(reloaded);
    EXPECT_NE(reloaded.error().cause.find("live.key"), std::string::npos);
    EXPECT_EQ(certificates->current(), before);
    EXPECT_FALSE(certificates->reload_if_changed().value()) << "not tried again until the file changes";
    directory.write("live.crt", "garbage");
    EXPECT_FALSE(certificates->reload());
    EXPECT_EQ(certificates->current(), before);
}

TEST(TlsContextTest, ReportsFilesThatAreMissing)
{
    TlsServerSettings settings{.certificates = {{"/nonexistent.crt", "/nonexistent.key"}}, .alpn = {}};
    auto context = TlsContext::server(settings);
    ASSERT_FALSE(context);
    EXPECT_NE(context.error().cause.find("/nonexistent.crt"), std::string::npos);
    EXPECT_FALSE(TlsContext::server({}));
    EXPECT_FALSE(TlsContext::client("/nonexistent.pem"));
}

TEST(SelfSigned, NamesHostsAndAddressesAndRefusesTricks)
{
    auto pair = make_self_signed("mail.example.test", {"imap.example.test", "127.0.0.1", "::1"});
    ASSERT_TRUE(pair);
    BIO* memory = BIO_new_mem_buf(pair->certificate.data(), static_cast<int>(pair->certificate.size()));
    X509* certificate = PEM_read_bio_X509(memory, nullptr, nullptr, nullptr);
    ASSERT_TRUE(certificate);
    EXPECT_EQ(X509_check_host(certificate, "imap.example.test", 0, 0, nullptr), 1);
    EXPECT_EQ(X509_check_host(certificate, "mail.example.test", 0, 0, nullptr), 1);
    EXPECT_EQ(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
    EXPECT_EQ(X509_check_ip_asc(certificate, "::1", 0), 1);
    EXPECT_EQ(X509_check_host(certificate, "other.test", 0, 0, nullptr), 0);
    X509_free(certificate);
    BIO_free(memory);
    EXPECT_FALSE(make_self_signed("a.test,DNS:evil.test"));
    EXPECT_FALSE(make_self_signed("a.test", {""}));
}

} // namespace
} // namespace mansio::net
