#include "trace/recorder.h"

#include "base/log.h"
#include "trace/layout.h"
#include "trace/recorder_state.h"

namespace mansio::trace {
namespace {

using base::Fault;
using base::Outcome;
using base::Task;
using namespace std::chrono_literals;

constexpr auto write_interval = 1s;
constexpr std::size_t batch_size = 1 << 20;   // joined into one commit
constexpr std::size_t max_waiting = 16 << 20; // behind a store this slow, lines are dropped

std::uint32_t bit(Protocol protocol)
{
    return 1U << static_cast<unsigned>(protocol);
}

std::uint32_t transcript_bits(const config::LogSettings& settings)
{
    const std::pair<bool, Protocol> wanted[] = {
        {settings.smtp_transcripts, Protocol::smtp},
        {settings.submission_transcripts, Protocol::submission},
        {settings.lmtp_transcripts, Protocol::lmtp},
        {settings.imap_transcripts, Protocol::imap},
        {settings.pop3_transcripts, Protocol::pop3},
        {settings.relay_transcripts, Protocol::relay},
        {settings.admin_transcripts, Protocol::admin},
    };
    std::uint32_t bits = 0;
    for (const auto& [on, protocol] : wanted)
        bits |= on ? bit(protocol) : 0;
    return bits;
}

} // namespace

void Recorder::State::put(std::string key, std::string value)
{
    const std::lock_guard lock(mutex);
    const std::size_t size = key.size() + value.size();
    if (waiting_size + size > max_waiting) {
        if (dropped++ == 0)
            base::log(base::Level::warning, "store", "transcripts are dropped: the store is too slow");
        return;
    }
    waiting_size += size;
    if (waiting.empty() || waiting.back().size() + size > batch_size)
        waiting.emplace_back().set_durable(storage::Durable::soon);
    waiting.back().put(std::move(key), std::move(value));
}

std::deque<storage::Batch> Recorder::State::take_waiting()
{
    const std::lock_guard lock(mutex);
    if (const std::uint64_t count = std::exchange(dropped, 0); count != 0)
        base::log(base::Level::warning, "store", "transcripts were dropped",
                  {base::Field{"pieces", std::to_string(count)}});
    waiting_size = 0;
    return std::exchange(waiting, {});
}

Task<Outcome<void>> Recorder::State::flush()
{
    Outcome<void> result;
    std::deque<storage::Batch> batches = take_waiting();
    for (storage::Batch& batch : batches) {
        auto version = co_await engine.commit(std::move(batch));
        if (!version)
            result = base::fail(std::move(version.error()), "writing transcripts");
    }
    co_return result;
}

void Recorder::State::write_until_stopped()
{
    bool last = false;
    while (!last) {
        {
            std::unique_lock lock(mutex);
            wake.wait_for(lock, write_interval, [this] { return stopping; });
            last = stopping;
            if (waiting.empty())
                continue;
        }
        const auto written = base::sync_wait(executor, flush());
        if (!written)
            base::log(base::Level::warning, "store", "transcripts were lost",
                      {base::Field{"cause", written.error().cause}});
    }
}

Recorder::Recorder(storage::Engine& engine, const config::LogSettings& settings, base::Executor& executor,
                   const base::Clock& clock)
    : m_state(std::make_shared<State>(engine, executor, clock))
{
    configure(settings);
}

Recorder::~Recorder()
{
    stop();
}

void Recorder::start()
{
    m_state->writer = std::thread([state = m_state.get()] { state->write_until_stopped(); });
}

void Recorder::stop()
{
    if (!m_state->writer.joinable())
        return;
    {
        const std::lock_guard lock(m_state->mutex);
        m_state->stopping = true;
    }
    m_state->wake.notify_all();
    m_state->writer.join();
}

void Recorder::configure(const config::LogSettings& settings)
{
    m_state->transcripts = transcript_bits(settings);
    m_state->transcript_size = settings.transcript_size;
    m_state->keep_transcripts = settings.keep_transcripts.count();
    m_state->keep_journeys = settings.keep_journeys.count();
}

const base::Clock& Recorder::clock() const
{
    return m_state->clock;
}

bool Recorder::wants_transcript(Protocol protocol) const
{
    return (m_state->transcripts & bit(protocol)) != 0;
}

std::uint64_t Recorder::transcript_size() const
{
    return m_state->transcript_size;
}

void Recorder::store_chunk(std::string_view session, std::uint32_t number, std::string lines)
{
    m_state->put(layout::chunk_key(session, number), std::move(lines));
}

void Recorder::store_summary(const SessionSummary& summary)
{
    m_state->put(layout::session_key(summary.id), layout::encode(summary));
}

Task<Outcome<void>> Recorder::flush()
{
    return m_state->flush();
}

void Recorder::add_journey(storage::Batch& batch, const JourneyEvent& given) const
{
    JourneyEvent event = given;
    if (event.time == 0)
        event.time = m_state->clock.now_millis();
    batch.put(layout::event_key(event, m_state->events++), layout::encode(event));
    layout::for_each_index_key(event, [&](std::string key) { batch.put(std::move(key), {}); });
}

} // namespace mansio::trace
