#include "trace/recorder.h"

#include "storage/memory_engine.h"
#include "trace/layout.h"
#include "trace/session_log.h"

#include <gtest/gtest.h>

namespace mansio::trace {
namespace {

class RecorderTest : public testing::Test {
protected:
    template <class T>
    T wait(base::Task<T> task)
    {
        return base::sync_wait(executor, std::move(task));
    }

    void add(const JourneyEvent& event)
    {
        storage::Batch batch;
        recorder.add_journey(batch, event);
        ASSERT_TRUE(wait(engine.commit(std::move(batch))));
    }

    std::vector<std::string> find(JourneyQuery query)
    {
        auto ids = wait(recorder.find(std::move(query)));
        EXPECT_TRUE(ids) << ids.error().cause;
        return ids.value_or(std::vector<std::string>{});
    }

    std::size_t count_keys() { return wait(storage::scan_all(engine, storage::Range::prefix("t")))->size(); }

    base::ManualExecutor executor;
    base::FakeClock clock;
    storage::MemoryEngine engine;
    config::LogSettings settings;
    Recorder recorder{engine, settings, executor, clock};
};

TEST_F(RecorderTest, TellsAJourneyInOrder)
{
    const std::string id = new_trace_id(clock.now_millis());
    add({.trace_id = id, .stage = Stage::received, .sender = "a@x", .message_id = "m1@x", .session = "s"});
    clock.advance(5);
    add({.trace_id = id, .stage = Stage::queued, .recipient = "b@y"});
    add({.trace_id = id, .stage = Stage::queued, .recipient = "c@y"});
    clock.advance(5);
    add({.trace_id = id, .stage = Stage::relayed, .recipient = "b@y", .detail = "250 ok"});
    add({.trace_id = new_trace_id(clock.now_millis()), .stage = Stage::received});

    const auto events = wait(recorder.journey(id));
    ASSERT_TRUE(events);
    std::string story;
    for (const JourneyEvent& event : *events)
        story += std::string(name(event.stage)) + " " + event.recipient + " " + event.detail + "\n";
    EXPECT_EQ(story, "received  \nqueued b@y \nqueued c@y \nrelayed b@y 250 ok\n");
    EXPECT_EQ(events->front().session, "s");
    EXPECT_EQ(events->front().message_id, "m1@x");
    EXPECT_EQ(events->back().time - events->front().time, 10);
    EXPECT_TRUE(wait(recorder.journey("nosuchid"))->empty());
    EXPECT_TRUE(wait(recorder.journey(id.substr(0, 8)))->empty());
}

TEST_F(RecorderTest, FindsMessagesByAnyOfTheirNames)
{
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        clock.advance(1000);
        ids.push_back(new_trace_id(clock.now_millis()));
        add({.trace_id = ids.back(),
             .stage = Stage::received,
             .sender = "Alice@X.example",
             .message_id = "m" + std::to_string(i) + "@x"});
        add({.trace_id = ids.back(), .stage = Stage::delivered, .recipient = i == 1 ? "bob@x" : "carol@x"});
    }
    using Ids = std::vector<std::string>;
    EXPECT_EQ(find({.sender = "alice@x.EXAMPLE"}), (Ids{ids[2], ids[1], ids[0]}));
    EXPECT_EQ(find({.sender = "alice@x.example", .limit = 2}), (Ids{ids[2], ids[1]}));
    EXPECT_EQ(find({.recipient = "bob@x"}), (Ids{ids[1]}));
    EXPECT_EQ(find({.sender = "alice@x.example", .recipient = "carol@x"}), (Ids{ids[2], ids[0]}));
    EXPECT_EQ(find({.recipient = "bob@x", .message_id = "m0@x"}), Ids{});
    EXPECT_EQ(find({.sender = "alice@x.exampl"}), Ids{});
    EXPECT_FALSE(wait(recorder.find({})));
}

TEST_F(RecorderTest, BearsLongAndBinaryNames)
{
    const std::string id = new_trace_id(clock.now_millis());
    const std::string monster = std::string(900, 'M') + std::string("\0x", 2);
    add({.trace_id = id, .stage = Stage::received, .sender = std::string("a\0b", 3), .message_id = monster});
    EXPECT_EQ(find({.message_id = monster}), std::vector<std::string>{id});
    EXPECT_EQ(find({.sender = std::string("a\0b", 3)}), std::vector<std::string>{id});
    EXPECT_EQ(find({.sender = "a"}), std::vector<std::string>{});
}

TEST_F(RecorderTest, PurgesWhatIsTooOldAndNothingElse)
{
    const auto session = [&] {
        SessionLog log(&recorder, Protocol::smtp, "p", "l");
        log.received("x");
        log.closed("quit", 0, 0);
        return log.id();
    };
    const auto message = [&](const std::string& sender) {
        const std::string id = new_trace_id(clock.now_millis());
        add({.trace_id = id, .stage = Stage::received, .sender = sender, .message_id = "m@x"});
        add({.trace_id = id, .stage = Stage::delivered, .recipient = "r@x"});
        return id;
    };
    session();
    message("old@x");
    clock.advance(settings.keep_transcripts.count() + 1);
    const std::string younger_session = session();
    const std::string younger_message = message("young@x");
    ASSERT_TRUE(wait(recorder.flush()));

    EXPECT_EQ(wait(recorder.purge()).value(), 1u); // the first session; journeys are kept longer
    EXPECT_EQ(wait(recorder.sessions(0)).value().size(), 1u);
    EXPECT_EQ(wait(recorder.sessions(0)).value()[0].id, younger_session);
    EXPECT_EQ(find({.message_id = "m@x"}).size(), 2u);

    clock.advance(settings.keep_journeys.count() - settings.keep_transcripts.count());
    EXPECT_EQ(wait(recorder.purge()).value(), 2u); // the second session, the first message
    EXPECT_EQ(find({.message_id = "m@x"}), std::vector<std::string>{younger_message});
    EXPECT_TRUE(find({.sender = "old@x"}).empty());

    clock.advance(settings.keep_journeys.count());
    EXPECT_EQ(wait(recorder.purge()).value(), 1u);
    EXPECT_EQ(count_keys(), 0u);
}

TEST_F(RecorderTest, WritesInTheBackgroundAndAtTheEnd)
{
    recorder.start();
    std::string id;
    {
        SessionLog log(&recorder, Protocol::smtp, "p", "l");
        log.received("x");
        id = log.id();
    }
    recorder.stop();
    EXPECT_TRUE(wait(recorder.session(id)).value());
}

TEST_F(RecorderTest, LosesLinesRatherThanSessionsWhenTheStoreFails)
{
    engine.fail_commit_at(1, base::Fault::full);
    SessionLog log(&recorder, Protocol::smtp, "p", "l");
    log.received("x");
    log.closed("quit", 0, 0);
    const auto flushed = wait(recorder.flush());
    ASSERT_FALSE(flushed);
    EXPECT_EQ(flushed.error().fault, base::Fault::full);
    EXPECT_TRUE(wait(recorder.flush()));
    EXPECT_FALSE(wait(recorder.session(log.id())).value());
}

TEST_F(RecorderTest, HoldsBoundedMemoryForASlowStore)
{
    const std::string piece(1 << 20, 'x');
    for (std::uint32_t i = 0; i < 100; ++i)
        recorder.store_chunk("123456789012", i, piece);
    ASSERT_TRUE(wait(recorder.flush()));
    EXPECT_LE(engine.used(), 17u << 20);
}

TEST(TraceRecords, RefuseBytesTheyDidNotWrite)
{
    const JourneyEvent event{.time = 7, .trace_id = "12345678901234", .stage = Stage::parked, .sender = "a"};
    const storage::Item good{layout::event_key(event, 1), layout::encode(event)};
    ASSERT_TRUE(layout::decode_event(good));
    EXPECT_EQ(layout::decode_event(good)->trace_id, event.trace_id);
    for (std::size_t size = 0; size < good.value.size(); ++size)
        EXPECT_FALSE(layout::decode_event({good.key, good.value.substr(0, size)})) << size;
    EXPECT_FALSE(layout::decode_event({good.key, good.value + "x"}));
    storage::Item other = good;
    other.value[1] = 99; // no such stage
    EXPECT_FALSE(layout::decode_event(other));

    const SessionSummary summary{.id = "123456789012", .protocol = Protocol::pop3, .peer = "p"};
    const storage::Item stored{layout::session_key(summary.id), layout::encode(summary)};
    ASSERT_TRUE(layout::decode_summary(stored));
    for (std::size_t size = 0; size < stored.value.size(); ++size)
        EXPECT_FALSE(layout::decode_summary({stored.key, stored.value.substr(0, size)})) << size;
}

} // namespace
} // namespace mansio::trace
