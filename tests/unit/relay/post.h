#pragma once
#include "kit/smtp_sink.h"
#include "net/fake_resolver.h"
#include "relay/relay.h"
#include "storage/memory_engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

namespace mansio::relay {

/// A house that keeps what comes back in.
class FakeHouse final : public House {
public:
    std::vector<std::string> local_domains;
    std::optional<base::Fault> refuses; ///< what take_in() fails with
    std::optional<base::Fault> unsure;  ///< what is_local() fails with
    storage::Engine* engine = nullptr;  ///< commits what is to become durable with a message

    Task<Outcome<bool>> is_local(std::string address) override
    {
        if (unsure)
            co_return base::fail(*unsure, "as the test says");
        for (const std::string& domain : local_domains)
            if (address.ends_with("@" + domain))
                co_return true;
        co_return false;
    }
    Task<Outcome<void>> take_in(Inbound message) override
    {
        ++m_asked;
        if (refuses)
            co_return base::fail(*refuses, "as the test says");
        if (!message.with.empty()) {
            storage::Batch batch = std::move(message.with);
            auto committed = co_await engine->commit(std::move(batch));
            if (!committed)
                co_return std::unexpected(committed.error());
        }
        std::lock_guard lock(m_mutex);
        m_taken.push_back(std::move(message));
        co_return Outcome<void>{};
    }
    std::vector<Inbound> taken() const
    {
        std::lock_guard lock(m_mutex);
        return m_taken;
    }
    std::size_t asked() const { return m_asked; }

private:
    mutable std::mutex m_mutex;
    std::vector<Inbound> m_taken;
    std::atomic<std::size_t> m_asked = 0;
};

/// Waits for something another thread makes true; false after ten seconds.
inline bool eventually(const std::function<bool()>& holds)
{
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

inline config::RelaySettings quick_settings(std::uint16_t port)
{
    using namespace std::chrono_literals;
    config::RelaySettings settings;
    settings.port = port;
    settings.private_addresses = true;
    settings.first_retry = 50ms;
    settings.max_retry = 200ms;
    settings.lifetime = 1h;
    settings.delay_warning = 0ms;
    settings.quit_timeout = 500ms;
    settings.reuse_time = 0ms;
    settings.connect_timeout = 2s;
    return settings;
}

/// A relay with all it needs: a queue on a memory engine, a made-up DNS, a fake house. b.example, c.example
/// and d.example lead to 127.0.0.1.
struct Post {
    net::Loop loop{"relay"};
    base::SystemClock clock;
    std::unique_ptr<storage::MemoryEngine> engine = std::make_unique<storage::MemoryEngine>();
    std::unique_ptr<queue::Spool> spool;
    net::FakeResolver resolver;
    FakeHouse house;
    config::RelaySettings settings;
    std::unique_ptr<Relay> relay;
    bool stopped = true;

    explicit Post(std::uint16_t port)
        : settings(quick_settings(port))
    {
        for (const std::string domain : {"b.example", "c.example", "d.example"}) {
            resolver.mx_records[domain] = {{10, "mx." + domain}};
            resolver.a_records["mx." + domain] = {"127.0.0.1"};
        }
        loop.start();
    }
    ~Post()
    {
        stop();
        loop.stop();
        loop.join();
    }

    template <class T>
    T run(Task<T> task)
    {
        return base::sync_wait(loop, std::move(task));
    }

    void start()
    {
        if (!spool)
            spool = std::make_unique<queue::Spool>(*engine, clock, queue_settings());
        EXPECT_TRUE(run(spool->load()));
        house.engine = engine.get();
        auto tls = net::TlsContext::client();
        Relay::Parts parts{.engine = *engine,
                           .spool = *spool,
                           .resolver = resolver,
                           .house = house,
                           .clock = clock,
                           .recorder = nullptr,
                           .tls = *tls};
        relay = std::make_unique<Relay>(std::move(parts),
                                        Relay::Settings{.relay = settings, .hostname = "mail.here.example"});
        loop.post([this] { relay->start(loop); });
        stopped = false;
    }
    void stop(std::chrono::milliseconds patience = std::chrono::milliseconds(200))
    {
        if (!stopped)
            run(relay->stop(net::Deadline::after(patience)));
        stopped = true;
    }
    queue::SpoolSettings queue_settings() const
    {
        queue::SpoolSettings made = spool_settings(settings);
        made.retry.jitter = 0;
        return made;
    }

    queue::NewMessage message(std::vector<std::string> recipients)
    {
        queue::NewMessage message;
        message.id = spool->reserve();
        message.envelope.reverse_path = "alice@here.example";
        message.envelope.arrived = clock.now_millis();
        for (std::string& recipient : recipients)
            message.recipients.push_back({.forward_path = std::move(recipient)});
        with_content(message, "Subject: hello\r\nFrom: alice@here.example\r\n\r\n.dot\r\nbody\r\n");
        return message;
    }
    static void with_content(queue::NewMessage& message, std::string content)
    {
        message.content = std::make_shared<const std::string>(std::move(content));
        message.envelope.blob = storage::BlobId::of(*message.content);
        message.envelope.size = message.content->size();
    }
    queue::QueueId put(const queue::NewMessage& message)
    {
        storage::Batch batch;
        spool->enqueue(batch, message);
        EXPECT_TRUE(run(engine->commit(std::move(batch))));
        spool->committed(message);
        return message.id;
    }
    queue::QueueId put(std::vector<std::string> recipients) { return put(message(std::move(recipients))); }

    bool wait_until_empty()
    {
        return eventually([&] { return spool->counts().messages == 0 && spool->counts().active == 0; });
    }
    std::optional<queue::Recipient> shown(queue::QueueId id, std::uint32_t index = 0)
    {
        auto message = run(spool->show(id));
        if (message)
            for (const queue::Recipient& recipient : message->recipients)
                if (recipient.index == index)
                    return recipient;
        return std::nullopt;
    }
    bool wait_for_attempt(queue::QueueId id, std::uint32_t index = 0)
    {
        return eventually([&] {
            const auto recipient = shown(id, index);
            return recipient && !recipient->last_reply.empty();
        });
    }
};

} // namespace mansio::relay
