#pragma once
#include "base/log.h"

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace mansio::config {

struct Row;

enum class LogFormat : std::uint8_t { text, json };

/// [log]: what is written to stderr, and which sessions are kept as transcripts.
struct LogSettings {
    LogFormat format = LogFormat::text;

    // [log.levels], one per topic. At "debug" every command and reply of a session is a line.
    base::Level smtp = base::Level::info;
    base::Level submission = base::Level::info;
    base::Level lmtp = base::Level::info;
    base::Level imap = base::Level::info;
    base::Level pop3 = base::Level::info;
    base::Level relay = base::Level::info;
    base::Level admin = base::Level::info;
    base::Level store = base::Level::info;
    base::Level app = base::Level::info;

    // [log.transcripts], one per protocol: kept in the store, read by `mansio trace session ID`.
    bool smtp_transcripts = true;
    bool submission_transcripts = true;
    bool lmtp_transcripts = true;
    bool imap_transcripts = true;
    bool pop3_transcripts = true;
    bool relay_transcripts = true;
    bool admin_transcripts = false;

    std::uint64_t transcript_size = 64 * 1024; ///< bytes kept of one session
    std::chrono::milliseconds keep_transcripts = std::chrono::hours(24 * 7);
    std::chrono::milliseconds keep_journeys = std::chrono::hours(24 * 30);

    /// The level of a topic ("smtp", ..., "app"); `app` for one it does not know.
    base::Level level_of(std::string_view topic) const;
};

std::span<const Row> log_rows();

} // namespace mansio::config
