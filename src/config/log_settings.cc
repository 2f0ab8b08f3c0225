#include "config/log_settings.h"

#include "config/setting.h"

#include <utility>

namespace mansio::config {
namespace {

using namespace std::chrono_literals;
using base::Level;
using S = LogSettings;

constexpr std::string_view formats[] = {"text", "json"};
constexpr std::string_view levels[] = {"trace", "debug", "info", "warning", "error", "off"};
static_assert(std::to_underlying(Level::off) == 5);

constexpr std::string_view session_reason =
    "At info: opening, login, closing. At debug: each command and reply.";
constexpr std::string_view transcript_reason = "Keeps each session's commands and replies in the store.";

constexpr Row rows[] = {
    choice<&S::format>("format", formats, Reload::live,
                       "One event is one line. text is for people, json for log collectors."),
    choice<&S::smtp>("levels.smtp", levels, Reload::live, session_reason),
    choice<&S::submission>("levels.submission", levels, Reload::live, session_reason),
    choice<&S::lmtp>("levels.lmtp", levels, Reload::live, session_reason),
    choice<&S::imap>("levels.imap", levels, Reload::live, session_reason),
    choice<&S::pop3>("levels.pop3", levels, Reload::live, session_reason),
    choice<&S::relay>("levels.relay", levels, Reload::live, session_reason),
    choice<&S::admin>("levels.admin", levels, Reload::live, session_reason),
    choice<&S::store>("levels.store", levels, Reload::live, "The store: opening, repairs, full disks."),
    choice<&S::app>("levels.app", levels, Reload::live,
                    "Start, stop, reload, and all that has no other topic."),
    flag<&S::smtp_transcripts>("transcripts.smtp", Reload::live, transcript_reason),
    flag<&S::submission_transcripts>("transcripts.submission", Reload::live, transcript_reason),
    flag<&S::lmtp_transcripts>("transcripts.lmtp", Reload::live, transcript_reason),
    flag<&S::imap_transcripts>("transcripts.imap", Reload::live, transcript_reason),
    flag<&S::pop3_transcripts>("transcripts.pop3", Reload::live, transcript_reason),
    flag<&S::relay_transcripts>("transcripts.relay", Reload::live, transcript_reason),
    flag<&S::admin_transcripts>("transcripts.admin", Reload::live, transcript_reason),
    size<&S::transcript_size>("transcript-size", {1024, 16 << 20}, Reload::live,
                              "Bytes kept of one session; the first ones, where the causes are."),
    duration<&S::keep_transcripts>("keep-transcripts", {1h, 3650 * 24h}, Reload::live,
                                   "How long transcripts are kept. They name people: no longer than needed."),
    duration<&S::keep_journeys>("keep-journeys", {1h, 3650 * 24h}, Reload::live,
                                "How long it is known what became of a message. People ask within a month."),
};

} // namespace

std::span<const Row> log_rows()
{
    return rows;
}

Level LogSettings::level_of(std::string_view topic) const
{
    constexpr std::pair<std::string_view, Level S::*> topics[] = {
        {"smtp", &S::smtp}, {"submission", &S::submission}, {"lmtp", &S::lmtp},   {"imap", &S::imap},
        {"pop3", &S::pop3}, {"relay", &S::relay},           {"admin", &S::admin}, {"store", &S::store},
    };
    for (const auto& [name, member] : topics)
        if (name == topic)
            return this->*member;
    return app;
}

} // namespace mansio::config
