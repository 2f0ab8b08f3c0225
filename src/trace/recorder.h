#pragma once
#include "base/outcome.h"
#include "base/task.h"
#include "base/time.h"
#include "config/log_settings.h"
#include "storage/engine.h"
#include "trace/journey.h"
#include "trace/protocol.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::trace {

/// The end of a session, as kept.
struct SessionSummary {
    std::string id{};
    Protocol protocol = Protocol::smtp;
    std::string peer{};
    std::string local{};
    std::string user{};
    base::Millis start = 0;
    base::Millis end = 0; ///< 0: still open, or the process died before its close was written
    std::string reason{};
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
};

/// A session with its lines: each "+seconds.millis MARK text", escaped, ending in a line feed. Marks: `<`
/// received, `>` sent, `=` noted.
struct Transcript {
    SessionSummary summary;
    std::string lines{};
};

/// Which messages to find: any one of the texts; matched whole, ASCII case ignored.
struct JourneyQuery {
    std::string sender{};
    std::string recipient{};
    std::string message_id{};
    std::size_t limit = 100; ///< messages, newest first
};

/// Writes sessions and journeys into the store and reads them back. Thread-safe.
///
/// Keys (all begin with 't'; ids sort by time, so "older than" is a range):
///   tc <session id 12> <u32>              -> a chunk of transcript lines, plain text
///   ts <session id 12>                    -> SessionSummary
///   tj <trace id 14> <u64 time> <u32 n>   -> JourneyEvent
///   ti <'f'|'r'|'m'> <value> 00 <trace id> -> "" ; index: sender, recipient, Message-ID in lower case, first
///                                            200 bytes
/// Numbers in keys are big-endian; values are base::Writer records that begin with a version byte.
class Recorder {
public:
    /// Reads and writes run on `executor`; `clock` and `engine` must outlive the recorder.
    Recorder(storage::Engine& engine, const config::LogSettings& settings, base::Executor& executor,
             const base::Clock& clock);
    /// Calls stop().
    ~Recorder();

    /// Starts the background writer: about once a second it commits what sessions left. Tests call flush().
    void start();
    /// Writes what is left and ends the writer. Not on the executor's own thread.
    void stop();
    /// Takes new settings (reload). Open sessions keep what they began with.
    void configure(const config::LogSettings& settings);

    const base::Clock& clock() const;

    // For SessionLog.
    bool wants_transcript(Protocol protocol) const;
    std::uint64_t transcript_size() const;
    /// Never waits. When the writer can't keep up the lines are dropped, and one warning says so.
    void store_chunk(std::string_view session, std::uint32_t number, std::string lines);
    void store_summary(const SessionSummary& summary);
    /// Commits everything stored so far.
    base::Task<base::Outcome<void>> flush();

    /// Adds the event and its index keys to a batch that the caller commits with what the event tells of.
    /// event.time 0 means now.
    void add_journey(storage::Batch& batch, const JourneyEvent& event) const;

    /// In order of time; empty when the id is unknown.
    base::Task<base::Outcome<std::vector<JourneyEvent>>> journey(std::string trace_id);
    /// Trace ids that match every text given, newest first.
    base::Task<base::Outcome<std::vector<std::string>>> find(JourneyQuery query);
    base::Task<base::Outcome<std::optional<Transcript>>> session(std::string id);
    /// Sessions that began at or after `since`, oldest first.
    base::Task<base::Outcome<std::vector<SessionSummary>>> sessions(base::Millis since,
                                                                    std::size_t limit = 1000);

    /// Removes sessions and journeys older than the settings allow; returns how many messages and sessions.
    /// Call it now and then (hourly).
    base::Task<base::Outcome<std::size_t>> purge();

private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace mansio::trace
