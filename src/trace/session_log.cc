#include "trace/session_log.h"

#include "base/text.h"
#include "trace/layout.h"
#include "trace/recorder.h"

#include <fmt/format.h>

#include <iterator>

namespace mansio::trace {
namespace {

using base::Field;
using base::Level;

/// Lines are handed to the recorder in pieces of about this size: an idle session keeps less than that.
constexpr std::size_t chunk_size = 4096;
constexpr std::size_t random_tail = 4;

base::Millis time_of(const Recorder* recorder)
{
    static const base::SystemClock system;
    return recorder != nullptr ? recorder->clock().now_millis() : system.now_millis();
}

} // namespace

SessionLog::SessionLog(Recorder* recorder, Protocol protocol, std::string peer, std::string local)
    : m_recorder(recorder)
    , m_protocol(protocol)
    , m_transcript(recorder != nullptr && recorder->wants_transcript(protocol))
    , m_start(time_of(recorder))
    , m_id(layout::make_id(m_start, random_tail))
    , m_peer(std::move(peer))
    , m_local(std::move(local))
{
    if (base::log_wants(name(m_protocol), Level::info))
        base::log(Level::info, name(m_protocol), "opened",
                  {Field{"session", m_id}, Field{"peer", m_peer}, Field{"local", m_local}});
}

SessionLog::~SessionLog()
{
    if (!m_closed)
        closed("dropped", 0, 0);
}

bool SessionLog::detailed() const
{
    return m_transcript || base::log_wants(name(m_protocol), Level::debug);
}

void SessionLog::user(std::string name)
{
    m_user = std::move(name);
    line('=', Level::info, "login", "user", m_user);
}

void SessionLog::tls(std::string_view facts)
{
    line('=', Level::info, "tls", "facts", facts);
}

void SessionLog::received(std::string_view text)
{
    line('<', Level::debug, "received", "line", text);
}

void SessionLog::sent(std::string_view text)
{
    line('>', Level::debug, "sent", "line", text);
}

void SessionLog::received_masked(std::string_view verb)
{
    if (detailed())
        received(fmt::format("{} ***", verb));
}

void SessionLog::sent_masked(std::string_view verb)
{
    if (detailed())
        sent(fmt::format("{} ***", verb));
}

void SessionLog::received_unknown(std::size_t bytes)
{
    if (detailed())
        received_masked(fmt::format("unknown command of {} bytes:", bytes));
}

void SessionLog::note(std::string_view what, std::string_view detail, Level level)
{
    line('=', level, what, "detail", detail);
}

void SessionLog::error(std::string_view cause)
{
    line('=', Level::warning, "error", "cause", cause);
}

void SessionLog::closed(std::string_view reason, std::uint64_t bytes_in, std::uint64_t bytes_out)
{
    if (std::exchange(m_closed, true))
        return;
    const base::Millis end = time_of(m_recorder);
    if (base::log_wants(name(m_protocol), Level::info))
        base::log(Level::info, name(m_protocol), "closed",
                  {Field{"session", m_id}, Field{"reason", std::string(reason)}, Field{"user", m_user},
                   Field{"in", std::to_string(bytes_in)}, Field{"out", std::to_string(bytes_out)},
                   Field{"ms", std::to_string(end - m_start)}});
    if (!m_transcript)
        return;
    if (!m_pending.empty())
        m_recorder->store_chunk(m_id, m_chunks++, std::exchange(m_pending, {}));
    m_recorder->store_summary({.id = m_id,
                               .protocol = m_protocol,
                               .peer = m_peer,
                               .local = m_local,
                               .user = m_user,
                               .start = m_start,
                               .end = end,
                               .reason = std::string(reason),
                               .bytes_in = bytes_in,
                               .bytes_out = bytes_out});
}

/// One line to the running log and to the transcript; nothing is formatted when neither wants it.
void SessionLog::line(char mark, Level level, std::string_view what, std::string_view key,
                      std::string_view value)
{
    if (base::log_wants(name(m_protocol), level)) {
        std::vector<Field> fields{Field{"session", m_id}};
        if (!value.empty())
            fields.push_back(Field{key, std::string(value)});
        base::log(level, name(m_protocol), what, std::move(fields));
    }
    if (m_transcript && !m_truncated)
        keep(mark, what, value);
}

void SessionLog::keep(char mark, std::string_view what, std::string_view value)
{
    const std::size_t before = m_pending.size();
    const base::Millis after = time_of(m_recorder) - m_start;
    auto out = std::back_inserter(m_pending);
    fmt::format_to(out, "+{}.{:03} {} ", after / 1000, after % 1000, mark);
    if (mark == '=')
        fmt::format_to(out, "{}{}", what, value.empty() ? "" : " ");
    m_pending += base::escape_for_log(value);
    m_pending += '\n';
    m_kept += m_pending.size() - before;
    if (m_kept > m_recorder->transcript_size()) {
        m_pending.resize(before);
        m_pending += "truncated\n";
        m_truncated = true;
    }
    if (m_pending.size() >= chunk_size)
        flush_chunk();
}

void SessionLog::flush_chunk()
{
    if (m_chunks == 0) // from now on the session can be found, closed or not
        m_recorder->store_summary({.id = m_id,
                                   .protocol = m_protocol,
                                   .peer = m_peer,
                                   .local = m_local,
                                   .user = m_user,
                                   .start = m_start});
    m_recorder->store_chunk(m_id, m_chunks++, std::exchange(m_pending, {}));
}

} // namespace mansio::trace
