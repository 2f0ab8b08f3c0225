#include "trace/session_log.h"

#include "storage/memory_engine.h"
#include "trace/recorder.h"

#include <gtest/gtest.h>

#include <set>

namespace mansio::trace {
namespace {

using base::Level;

/// Keeps every event as one line: "topic level what key=value ...", without the session's id.
class KeepingSink final : public base::LogSink {
public:
    explicit KeepingSink(Level level)
        : m_level(level)
    {
        base::set_log_sink(this);
    }
    ~KeepingSink() override { base::set_log_sink(nullptr); }
    bool wants(std::string_view, Level level) const override { return level >= m_level; }
    void write(const base::Event& event) override
    {
        std::string line = std::string(event.topic) + " " + std::string(base::name(event.level)) + " " +
                           std::string(event.what);
        for (const base::Field& field : event.fields) {
            if (field.key == "session")
                sessions.insert(field.value);
            else
                line += " " + std::string(field.key) + "=" + field.value;
        }
        lines.push_back(line);
    }
    std::vector<std::string> lines;
    std::set<std::string> sessions;

private:
    Level m_level;
};

class SessionLogTest : public testing::Test {
protected:
    std::optional<Transcript> read(const std::string& id)
    {
        EXPECT_TRUE(base::sync_wait(executor, recorder.flush()));
        auto transcript = base::sync_wait(executor, recorder.session(id));
        EXPECT_TRUE(transcript) << transcript.error().cause;
        return transcript.value_or(std::nullopt);
    }

    base::ManualExecutor executor;
    base::FakeClock clock;
    storage::MemoryEngine engine;
    config::LogSettings settings;
    Recorder recorder{engine, settings, executor, clock};
};

TEST_F(SessionLogTest, WritesTheWholeStoryAtDebug)
{
    KeepingSink sink(Level::debug);
    {
        SessionLog log(nullptr, Protocol::smtp, "192.0.2.1:2525", "192.0.2.2:25");
        log.tls("TLSv1.3 X");
        log.received("EHLO a");
        log.sent("250 ok");
        log.received_masked("AUTH PLAIN");
        log.received_unknown(20);
        log.user("alice");
        log.error("disk on fire");
        log.closed("quit", 10, 20);
    }
    const std::vector<std::string> expected = {
        "smtp info opened peer=192.0.2.1:2525 local=192.0.2.2:25",
        "smtp info tls facts=TLSv1.3 X",
        "smtp debug received line=EHLO a",
        "smtp debug sent line=250 ok",
        "smtp debug received line=AUTH PLAIN ***",
        "smtp debug received line=unknown command of 20 bytes: ***",
        "smtp info login user=alice",
        "smtp warning error cause=disk on fire",
        "smtp info closed reason=quit user=alice in=10 out=20 ms=0",
    };
    EXPECT_EQ(sink.lines.size(), expected.size());
    for (std::size_t i = 0; i + 1 < expected.size() && i < sink.lines.size(); ++i)
        EXPECT_EQ(sink.lines[i], expected[i]);
    EXPECT_TRUE(sink.lines.back().starts_with("smtp info closed reason=quit user=alice in=10 out=20 ms="));
    EXPECT_EQ(sink.sessions.size(), 1u);
}

TEST_F(SessionLogTest, LeavesCommandsOutAtInfo)
{
    KeepingSink sink(Level::info);
    SessionLog log(nullptr, Protocol::imap, "p", "l");
    EXPECT_FALSE(log.detailed());
    log.received("a1 NOOP");
    log.sent("a1 OK");
    EXPECT_EQ(sink.lines.size(), 1u);
}

TEST_F(SessionLogTest, NotesADroppedSessionOnce)
{
    KeepingSink sink(Level::info);
    {
        SessionLog log(nullptr, Protocol::pop3, "p", "l");
    }
    {
        SessionLog log(nullptr, Protocol::pop3, "p", "l");
        log.closed("quit", 0, 0);
        log.closed("again", 0, 0);
    }
    ASSERT_EQ(sink.lines.size(), 4u);
    EXPECT_TRUE(sink.lines[1].starts_with("pop3 info closed reason=dropped"));
    EXPECT_TRUE(sink.lines[3].starts_with("pop3 info closed reason=quit"));
    EXPECT_EQ(sink.sessions.size(), 2u);
}

TEST_F(SessionLogTest, KeepsATranscriptWithoutALogSink)
{
    SessionLog log(&recorder, Protocol::imap, "192.0.2.1:9", "192.0.2.2:143");
    EXPECT_TRUE(log.detailed());
    log.received("a1 LOGOUT");
    clock.advance(1234);
    log.note("moved", "x\r\ny");
    log.sent("a1 OK");
    log.user("bob");
    log.closed("logout", 11, 22);
    const auto transcript = read(log.id());
    ASSERT_TRUE(transcript);
    EXPECT_EQ(transcript->lines, "+0.000 < a1 LOGOUT\n"
                                 "+1.234 = moved x\\r\\ny\n"
                                 "+1.234 > a1 OK\n"
                                 "+1.234 = login bob\n");
    EXPECT_EQ(transcript->summary.protocol, Protocol::imap);
    EXPECT_EQ(transcript->summary.peer, "192.0.2.1:9");
    EXPECT_EQ(transcript->summary.local, "192.0.2.2:143");
    EXPECT_EQ(transcript->summary.user, "bob");
    EXPECT_EQ(transcript->summary.reason, "logout");
    EXPECT_EQ(transcript->summary.bytes_in, 11u);
    EXPECT_EQ(transcript->summary.bytes_out, 22u);
    EXPECT_EQ(transcript->summary.end - transcript->summary.start, 1234);
}

TEST_F(SessionLogTest, KeepsNothingWhereTheProtocolIsOff)
{
    settings.imap_transcripts = false;
    recorder.configure(settings);
    SessionLog log(&recorder, Protocol::imap, "p", "l");
    log.received("a1 NOOP");
    log.closed("logout", 0, 0);
    EXPECT_FALSE(log.detailed());
    EXPECT_FALSE(read(log.id()));
}

TEST_F(SessionLogTest, StopsKeepingAtTheCap)
{
    settings.transcript_size = 20'000;
    recorder.configure(settings);
    SessionLog log(&recorder, Protocol::smtp, "p", "l");
    const std::string text(100, 'x');
    for (int i = 0; i < 1000; ++i)
        log.received(text);
    log.closed("quit", 0, 0);
    const auto transcript = read(log.id());
    ASSERT_TRUE(transcript);
    EXPECT_LE(transcript->lines.size(), 20'000 + std::string_view("truncated\n").size());
    EXPECT_GT(transcript->lines.size(), 19'000u);
    EXPECT_TRUE(transcript->lines.ends_with("x\ntruncated\n"));
}

TEST_F(SessionLogTest, LetsALongSessionBeReadBeforeItsEnd)
{
    SessionLog log(&recorder, Protocol::relay, "p", "l");
    for (int i = 0; i < 100; ++i)
        log.sent(std::string(100, 'x'));
    const auto transcript = read(log.id());
    ASSERT_TRUE(transcript);
    EXPECT_EQ(transcript->summary.end, 0);
    EXPECT_GT(transcript->lines.size(), 4000u);
}

TEST_F(SessionLogTest, SpendsNoMemoryOnLinesNobodyWants)
{
    SessionLog log(nullptr, Protocol::imap, "127.0.0.1:1", "127.0.0.1:2");
    EXPECT_LE(sizeof log, 256u);
    EXPECT_EQ(log.id().size(), 12u);
}

TEST(Ids, AreUniqueAndInOrderOfTime)
{
    std::set<std::string> ids;
    for (int i = 0; i < 10'000; ++i)
        EXPECT_TRUE(ids.insert(new_trace_id(1'700'000'000'000)).second);
    EXPECT_LT(*ids.rbegin(), new_trace_id(1'700'000'000'001));
    EXPECT_EQ(ids.begin()->size(), 14u);
}

} // namespace
} // namespace mansio::trace
