// The far end of a relay: takes messages over SMTP and drops them. One operation is a message taken.
#include "load/line_cutter.h"
#include "load/sessions.h"
#include "load/works.h"

#include "base/text.h"
#include "net/channel.h"
#include "net/listener.h"

#include <atomic>
#include <cstdio>
#include <fmt/format.h>
#include <future>
#include <optional>

namespace mansio::load {
namespace {

using Clock = std::chrono::steady_clock;

/// What all sessions share.
struct Shared {
    Run& run;
    std::optional<net::TlsContext> tls;
    std::atomic<bool> begun = false;
    std::atomic<std::uint64_t> settled = 0;
    std::uint64_t wanted;
    std::promise<void> done;
};

class SinkSession {
public:
    SinkSession(Shared& shared, Tally& tally, net::Stream stream)
        : m_shared(shared)
        , m_tally(tally)
        , m_channel(std::move(stream))
    {
    }

    Task<void> serve()
    {
        m_channel.write("220 sink.mansio.test ESMTP\r\n");
        while (!m_leaving) {
            auto chunk = co_await m_channel.read_chunk(m_shared.run.deadline());
            if (!chunk)
                break;
            std::string_view rest = *chunk;
            take_lines(rest);
            m_channel.consume(chunk->size() - rest.size());
            auto answered = co_await m_channel.flush(m_shared.run.deadline());
            settle();
            if (answered && std::exchange(m_starts_tls, false))
                answered = co_await start_tls();
            if (!answered)
                break;
        }
    }

private:
    Task<Outcome<void>> start_tls()
    {
        m_channel.drop_input();
        auto facts = co_await m_channel.stream().start_tls_server(*m_shared.tls, m_shared.run.deadline());
        if (!facts)
            co_return std::unexpected(std::move(facts.error()));
        co_return Outcome<void>{};
    }

    void take_lines(std::string_view& rest)
    {
        while (!m_leaving && !m_starts_tls) {
            const auto line = m_cutter.next(rest);
            if (!line)
                break;
            if (m_in_message)
                take_content(*line);
            else
                answer(*line);
        }
    }

    /// A dot alone ends the message, rfc5321#4.5.2.
    void take_content(std::string_view line)
    {
        if (line != ".") {
            m_bytes += line.size() + 2 - (line.starts_with('.') ? 1 : 0);
            return;
        }
        m_in_message = false;
        m_channel.write("250 2.0.0 dropped\r\n");
        m_tally.done(m_since, 1, std::exchange(m_bytes, 0));
        ++m_answered;
    }

    /// The run ends with the last message, but not before its client has heard of it.
    void settle()
    {
        const std::uint64_t answered = std::exchange(m_answered, 0);
        const std::uint64_t before = m_shared.settled.fetch_add(answered);
        if (before < m_shared.wanted && before + answered >= m_shared.wanted)
            m_shared.done.set_value();
    }

    void answer(std::string_view line)
    {
        const auto is = [line](std::string_view verb) { return base::starts_with_icase(line, verb); };
        if (is("EHLO"))
            greet();
        else if (is("MAIL"))
            begin_message();
        else if (is("DATA"))
            invite();
        else if (is("STARTTLS") && m_shared.tls)
            say("220 2.0.0 go ahead\r\n", m_starts_tls);
        else if (is("QUIT"))
            say("221 2.0.0 bye\r\n", m_leaving);
        else if (is("RCPT") || is("RSET") || is("NOOP") || is("HELO"))
            m_channel.write("250 2.0.0 ok\r\n");
        else
            m_channel.write("502 5.5.1 not here\r\n");
    }

    void say(std::string_view reply, bool& what_follows)
    {
        m_channel.write(reply);
        what_follows = true;
    }

    void greet()
    {
        m_channel.write("250-sink.mansio.test\r\n250-PIPELINING\r\n250-SIZE 1073741824\r\n250-8BITMIME\r\n");
        if (m_shared.tls && !m_channel.stream().is_tls())
            m_channel.write("250-STARTTLS\r\n");
        m_channel.write("250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n");
    }

    /// The clock of the run starts at the first.
    void begin_message()
    {
        m_since = Clock::now();
        if (!m_shared.begun.exchange(true))
            m_shared.run.begin();
        m_channel.write("250 2.1.0 ok\r\n");
    }

    void invite()
    {
        m_in_message = true;
        m_channel.write("354 go on\r\n");
    }

    Shared& m_shared;
    Tally& m_tally;
    net::Channel m_channel;
    LineCutter m_cutter;
    SteadyTime m_since;
    std::uint64_t m_bytes = 0;
    std::uint64_t m_answered = 0; ///< messages, since the last flush
    bool m_in_message = false;
    bool m_starts_tls = false;
    bool m_leaving = false;
};

/// Owns the session for as long as it is served.
Task<void> serve(Shared& shared, Tally& tally, net::Stream stream)
{
    SinkSession session(shared, tally, std::move(stream));
    co_await session.serve();
}

Outcome<std::vector<std::unique_ptr<net::Listener>>> listen(Shared& shared, std::uint16_t port)
{
    std::vector<std::unique_ptr<net::Listener>> listeners;
    net::Loops& loops = shared.run.loops();
    for (unsigned i = 0; i < loops.size(); ++i) {
        auto listener = net::Listener::open(loops.at(i), net::Address::loopback(port));
        if (!listener)
            return std::unexpected(std::move(listener.error()));
        (*listener)->serve([&shared, &loop = loops.at(i), &tally = shared.run.tally(i)](net::Stream stream) {
            base::spawn(loop, serve(shared, tally, std::move(stream)), "sink");
        });
        listeners.push_back(std::move(*listener));
    }
    return listeners;
}

Outcome<std::optional<net::TlsContext>> make_tls(const SinkOptions& options)
{
    if (!options.starttls)
        return std::nullopt;
    auto context = net::TlsContext::server({.certificates = {{options.certificate, options.key}}});
    if (!context)
        return std::unexpected(std::move(context.error()));
    return std::move(*context);
}

} // namespace

int run_sink(const SinkOptions& options)
{
    auto tls = make_tls(options);
    if (!tls)
        return cannot_run(tls.error());
    CommonOptions common;
    common.threads = options.threads;
    common.deadline_seconds = options.deadline_seconds;
    Run run("sink", common, options.count, Tickets::at_most);
    Shared shared{.run = run, .tls = std::move(*tls), .wanted = options.count, .done = {}};
    auto listeners = listen(shared, options.port);
    if (!listeners)
        return cannot_run(listeners.error());
    run.begin(); // for a run without any message
    announce_ready(options.threads);
    const bool all = shared.done.get_future().wait_until(run.deadline().at) == std::future_status::ready;
    run.end();
    listeners->clear();
    run.loops().stop();
    run.loops().join();
    const std::uint64_t taken = shared.settled;
    if (!all && taken < options.count)
        run.tally(0).failed("the time was up first", options.count - taken);
    return run.report();
}

} // namespace mansio::load
