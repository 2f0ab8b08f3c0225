#pragma once
#include "trace/recorder.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace mansio::trace {

/// What recorder.cc, query.cc and purge.cc share.
struct Recorder::State {
    storage::Engine& engine;
    base::Executor& executor;
    const base::Clock& clock;

    std::atomic<std::uint32_t> transcripts = 0;
    std::atomic<std::uint64_t> transcript_size = 0;
    std::atomic<base::Millis> keep_transcripts = 0;
    std::atomic<base::Millis> keep_journeys = 0;
    mutable std::atomic<std::uint32_t> events = 0; ///< tells events of one millisecond apart

    std::mutex mutex; ///< guards all below
    std::condition_variable wake;
    std::deque<storage::Batch> waiting;
    std::size_t waiting_size = 0;
    std::uint64_t dropped = 0;
    bool stopping = false;
    std::thread writer;

    State(storage::Engine& e, base::Executor& x, const base::Clock& c)
        : engine(e)
        , executor(x)
        , clock(c)
    {
    }

    void put(std::string key, std::string value);
    std::deque<storage::Batch> take_waiting();
    base::Task<base::Outcome<void>> flush();
    void write_until_stopped();
};

} // namespace mansio::trace
