#include "queue/spool.h"

#include "queue/layout.h"
#include "storage/memory_engine.h"

#include <gtest/gtest.h>

namespace mansio::queue {
namespace {

using base::Fault;

constexpr Millis minute = 60'000;
constexpr Millis hour = 60 * minute;

SpoolSettings settings()
{
    SpoolSettings settings;
    settings.retry.jitter = 0;
    return settings;
}

/// A spool on a memory engine and a clock that stands still.
struct House {
    base::ManualExecutor executor;
    std::unique_ptr<storage::MemoryEngine> engine = std::make_unique<storage::MemoryEngine>();
    base::FakeClock clock;
    std::unique_ptr<Spool> spool = std::make_unique<Spool>(*engine, clock, settings());

    template <class T>
    T run(Task<T> task)
    {
        return base::sync_wait(executor, std::move(task));
    }

    void restart()
    {
        engine = engine->clone_durable();
        spool = std::make_unique<Spool>(*engine, clock, settings());
        ASSERT_TRUE(run(spool->load()));
    }

    NewMessage message(std::vector<std::string> recipients, std::string from = "alice@here.example")
    {
        NewMessage message;
        message.id = spool->reserve();
        message.envelope.reverse_path = std::move(from);
        message.envelope.arrived = clock.now_millis();
        message.content = std::make_shared<const std::string>("Subject: x\r\n\r\nbody\r\n");
        message.envelope.blob = storage::BlobId::of(*message.content);
        message.envelope.size = message.content->size();
        for (std::string& recipient : recipients)
            message.recipients.push_back({.forward_path = std::move(recipient)});
        return message;
    }

    Outcome<void> enqueue(const NewMessage& message)
    {
        storage::Batch batch;
        spool->enqueue(batch, message);
        auto version = run(engine->commit(std::move(batch)));
        if (!version)
            return std::unexpected(version.error());
        spool->committed(message);
        return {};
    }

    QueueId put(std::vector<std::string> recipients, std::string from = "alice@here.example")
    {
        const NewMessage made = message(std::move(recipients), std::move(from));
        EXPECT_TRUE(enqueue(made));
        return made.id;
    }

    Became record(QueueId id, std::uint32_t recipient, Result result)
    {
        auto became = run(spool->record(id, recipient, std::move(result)));
        EXPECT_TRUE(became) << became.error().cause;
        return became.value_or(Became::unchanged);
    }

    /// One attempt for one recipient of the one message that is due.
    Became attempt(Result result)
    {
        const auto attempts = spool->take();
        EXPECT_EQ(attempts.size(), 1U);
        auto begun = run(spool->begin(attempts.at(0)));
        EXPECT_TRUE(begun);
        const Became became = record(attempts[0].id, attempts[0].recipients.at(0), std::move(result));
        spool->finished(attempts[0], LaneVerdict::reached);
        return became;
    }

    std::int64_t references()
    {
        std::int64_t sum = 0;
        for (const auto& row : *run(engine->list_blobs()))
            sum += row.references;
        return sum;
    }

    bool empty()
    {
        auto items = run(storage::scan_all(*engine, storage::Range::prefix("q")));
        return items->empty() && references() == 0;
    }

    void expect_consistent()
    {
        auto audit = run(spool->check_consistency());
        ASSERT_TRUE(audit);
        EXPECT_EQ(audit->problems, std::vector<std::string>());
    }
};

Result deferred()
{
    return {.kind = Result::Kind::deferred,
            .code = 451,
            .status = "4.3.0",
            .text = "later",
            .remote = "mx [::1]",
            .session = ""};
}
Result failed()
{
    return {.kind = Result::Kind::failed,
            .code = 550,
            .status = "5.1.1",
            .text = "no such user",
            .remote = "mx [::1]",
            .session = ""};
}
Result delivered()
{
    return {.kind = Result::Kind::delivered,
            .code = 250,
            .status = "2.0.0",
            .text = "ok",
            .remote = "mx [::1]",
            .session = ""};
}
Result relayed()
{
    return {.kind = Result::Kind::relayed,
            .code = 250,
            .status = "2.0.0",
            .text = "ok",
            .remote = "mx [::1]",
            .session = ""};
}

TEST(Spool, ReservesIdsInOrderEvenWhenTheClockGoesBack)
{
    House house;
    QueueId last = house.spool->reserve();
    for (int i = 0; i < 100; ++i) {
        house.clock.advance(i % 2 == 0 ? -50 : 1);
        const QueueId id = house.spool->reserve();
        EXPECT_LT(last, id);
        last = id;
    }
}

TEST(Spool, DeliversEveryRecipientAndThenLetsTheMessageGo)
{
    House house;
    const QueueId id = house.put({"bob@a.example", "eve@a.example", "joe@b.example"});
    EXPECT_EQ(house.spool->counts().waiting, 3U);
    EXPECT_EQ(house.references(), 1);
    const auto attempts = house.spool->take();
    ASSERT_EQ(attempts.size(), 2U);
    EXPECT_EQ(attempts[0].recipients, (std::vector<std::uint32_t>{0, 1}));
    for (const Attempt& attempt : attempts) {
        auto begun = house.run(house.spool->begin(attempt));
        ASSERT_TRUE(begun);
        for (const Recipient& recipient : begun->recipients) {
            EXPECT_EQ(recipient.attempts, 1U);
            EXPECT_EQ(house.record(id, recipient.index, delivered()), Became::gone);
        }
        house.spool->finished(attempt, LaneVerdict::reached);
    }
    EXPECT_TRUE(house.empty());
    EXPECT_EQ(house.spool->counts().messages, 0U);
    EXPECT_EQ(house.spool->next_due(), std::nullopt);
}

TEST(Spool, RecordsTheAttemptBeforeItIsMade)
{
    House house;
    const QueueId id = house.put({"bob@a.example"});
    const auto attempts = house.spool->take();
    ASSERT_TRUE(house.run(house.spool->begin(attempts.at(0))));
    house.restart(); // a crash while dialling
    EXPECT_TRUE(house.spool->take().empty());
    EXPECT_EQ(house.spool->next_due(), house.clock.now_millis() + 5 * minute);
    EXPECT_EQ(house.run(house.spool->show(id))->recipients.at(0).attempts, 1U);
}

TEST(Spool, ComesBackAfterARestartAsItWas)
{
    House house;
    const QueueId id = house.put({"bob@a.example", "eve@b.example"});
    ASSERT_TRUE(house.run(house.spool->hold({id, 1})));
    EXPECT_EQ(house.attempt(deferred()), Became::waiting);
    house.restart();
    EXPECT_EQ(house.spool->counts().held, 1U);
    EXPECT_EQ(house.spool->counts().waiting, 1U);
    EXPECT_EQ(house.spool->next_due(), house.clock.now_millis() + 5 * minute);
    house.clock.advance(5 * minute);
    EXPECT_EQ(house.attempt(delivered()), Became::gone);
    ASSERT_TRUE(house.run(house.spool->release({id, std::nullopt})));
    EXPECT_EQ(house.attempt(delivered()), Became::gone);
    EXPECT_TRUE(house.empty());
}

TEST(Spool, BacksOffAndGivesUpAtTheEndOfTheLifetime)
{
    House house;
    const Millis start = house.clock.now_millis();
    const QueueId id = house.put({"bob@a.example"});
    std::vector<Millis> waits;
    Became became = Became::waiting;
    while (became == Became::waiting) {
        const Millis before = house.clock.now_millis();
        became = house.attempt(deferred());
        if (became == Became::waiting) {
            const auto shown = house.run(house.spool->show(id));
            const Millis next = shown->recipients.at(0).next_attempt;
            waits.push_back((next - before) / minute);
            house.spool->take_reports(); // the delay warning, told apart below
            house.clock.advance(next - before);
        }
    }
    EXPECT_EQ(std::vector<Millis>(waits.begin(), waits.begin() + 6),
              (std::vector<Millis>{5, 10, 20, 40, 80, 120}));
    EXPECT_EQ(became, Became::returning);
    EXPECT_EQ(house.clock.now_millis() - start, 120 * hour); // the last attempt is at the very end
    const auto shown = house.run(house.spool->show(id));
    EXPECT_TRUE(shown->recipients.at(0).expired);
    EXPECT_EQ(shown->recipients.at(0).state, RecipientState::done);
}

TEST(Spool, OwesADelayReportOnce)
{
    House house;
    const QueueId id = house.put({"bob@a.example"});
    int reports = 0;
    for (int i = 0; i < 12; ++i) {
        house.attempt(deferred());
        for (const QueueId owing : house.spool->take_reports()) {
            ++reports;
            EXPECT_GE(house.clock.now_millis(), 1'700'000'000'000 + 4 * hour);
            auto duty = house.run(house.spool->begin_report(owing));
            ASSERT_TRUE(duty);
            EXPECT_EQ(duty->message.recipients.at(0).owed, Owed::delay);
            ASSERT_TRUE(house.run(house.engine->commit(house.spool->settle(*duty, {0}))));
            house.spool->reported(*duty, {0});
        }
        house.clock.advance(*house.spool->next_due() - house.clock.now_millis());
    }
    EXPECT_EQ(reports, 1);
    EXPECT_TRUE(house.run(house.spool->show(id))->recipients.at(0).delay_reported);
}

TEST(Spool, KeepsAFailedRecipientUntilItsReportIsCommitted)
{
    House house;
    const QueueId id = house.put({"bob@a.example", "eve@a.example"});
    const auto attempts = house.spool->take();
    ASSERT_TRUE(house.run(house.spool->begin(attempts.at(0))));
    EXPECT_EQ(house.record(id, 0, failed()), Became::returning);
    EXPECT_TRUE(house.spool->take_reports().empty()) << "reported together, when the attempt has finished";
    EXPECT_EQ(house.record(id, 1, failed()), Became::returning);
    house.spool->finished(attempts[0], LaneVerdict::reached);
    EXPECT_EQ(house.spool->take_reports(), std::vector<QueueId>{id});
    house.restart(); // a crash before the report
    EXPECT_EQ(house.spool->take_reports(), std::vector<QueueId>{id});
    auto duty = house.run(house.spool->begin_report(id));
    ASSERT_TRUE(duty);
    ASSERT_TRUE(house.run(house.engine->commit(house.spool->settle(*duty, {0, 1}))));
    house.spool->reported(*duty, {0, 1});
    EXPECT_TRUE(house.empty());
    EXPECT_EQ(house.spool->counts().messages, 0U);
}

TEST(Spool, ParksWhatHasNoSender)
{
    House house;
    const QueueId id = house.put({"bob@a.example"}, "");
    EXPECT_EQ(house.attempt(failed()), Became::parked);
    EXPECT_TRUE(house.spool->take_reports().empty());
    house.restart();
    EXPECT_EQ(house.spool->counts().parked, 1U);
    EXPECT_EQ(house.run(house.spool->show(id))->recipients.at(0).parked_because,
              "it failed for good and there is no sender to return it to");
    EXPECT_EQ(house.spool->next_due(), std::nullopt);
    ASSERT_TRUE(house.run(house.spool->reroute({id, {}}, "other.example:2525")));
    const auto attempts = house.spool->take();
    ASSERT_EQ(attempts.size(), 1U);
    EXPECT_EQ(attempts[0].lane, "=other.example:2525");
}

TEST(Spool, ErasesAFailureNobodyWantsToHearOf)
{
    House house;
    NewMessage message = house.message({"bob@a.example"});
    message.recipients[0].notify.never = true;
    ASSERT_TRUE(house.enqueue(message));
    std::vector<Happened> seen;
    house.spool->set_witness([&](storage::Batch&, const QueuedMessage&, const Recipient&, Happened happened) {
        seen.push_back(happened);
    });
    EXPECT_EQ(house.attempt(failed()), Became::gone);
    EXPECT_EQ(seen, std::vector<Happened>{Happened::failed});
    EXPECT_TRUE(house.empty());
}

TEST(Spool, OwesASuccessReportOnlyWhenTheRemoteKnowsNoDsn)
{
    for (const bool remote_reports : {true, false}) {
        House house;
        NewMessage message = house.message({"bob@a.example"});
        message.recipients[0].notify.success = true;
        ASSERT_TRUE(house.enqueue(message));
        EXPECT_EQ(house.attempt(remote_reports ? delivered() : relayed()),
                  remote_reports ? Became::gone : Became::returning);
        EXPECT_EQ(house.spool->take_reports().size(), remote_reports ? 0U : 1U);
    }
}

TEST(Spool, DoesNotTryTwiceAtATimeWhatAPersonRetries)
{
    House house;
    const QueueId id = house.put({"bob@a.example"});
    const auto attempts = house.spool->take();
    ASSERT_TRUE(house.run(house.spool->begin(attempts.at(0))));
    ASSERT_TRUE(house.run(house.spool->retry({id, {}})));
    EXPECT_TRUE(house.spool->take().empty());
    house.spool->finished(attempts[0], LaneVerdict::unreachable);
    EXPECT_EQ(house.spool->counts().active, 0U);
    ASSERT_TRUE(house.run(house.spool->retry({id, {}})));
    EXPECT_EQ(house.spool->take().size(), 1U);
}

TEST(Spool, IgnoresTheResultOfWhatAPersonDeleted)
{
    House house;
    const QueueId id = house.put({"bob@a.example"});
    const auto attempts = house.spool->take();
    ASSERT_TRUE(house.run(house.spool->begin(attempts.at(0))));
    ASSERT_TRUE(house.run(house.spool->remove({id, {}})));
    EXPECT_EQ(house.record(id, 0, failed()), Became::unchanged);
    house.spool->finished(attempts[0], LaneVerdict::reached);
    EXPECT_TRUE(house.empty());
    EXPECT_EQ(house.spool->next_due(), std::nullopt);
}

TEST(Spool, KeepsHoldingWhatWasHeldDuringItsAttempt)
{
    House house;
    const QueueId id = house.put({"bob@a.example"});
    const auto attempts = house.spool->take();
    ASSERT_TRUE(house.run(house.spool->begin(attempts.at(0))));
    ASSERT_TRUE(house.run(house.spool->hold({id, {}})));
    house.record(id, 0, deferred());
    house.spool->finished(attempts[0], LaneVerdict::reached);
    EXPECT_EQ(house.spool->counts().held, 1U);
    EXPECT_EQ(house.spool->next_due(), std::nullopt);
}

TEST(Spool, RefusesOrdersThatDoNotFit)
{
    House house;
    const QueueId id = house.put({"bob@a.example"}, "");
    const auto fault = [](const Outcome<void>& outcome) {
        return outcome ? std::optional<Fault>() : std::optional(outcome.error().fault);
    };
    EXPECT_EQ(fault(house.run(house.spool->release({id, {}}))), Fault::refused);
    EXPECT_EQ(fault(house.run(house.spool->bounce({id, {}}, "no"))), Fault::refused);
    EXPECT_EQ(fault(house.run(house.spool->reroute({id, {}}, "a b"))), Fault::invalid);
    EXPECT_EQ(fault(house.run(house.spool->hold({id, 5}))), Fault::not_found);
    EXPECT_EQ(fault(house.run(house.spool->hold({QueueId{1}, {}}))), Fault::not_found);
    EXPECT_EQ(fault(house.run(house.spool->hold({id, {}}))), std::nullopt);
    EXPECT_EQ(fault(house.run(house.spool->hold({id, {}}))), Fault::refused);
}

TEST(Spool, BouncesWithAPersonsReason)
{
    House house;
    const QueueId id = house.put({"bob@a.example"});
    ASSERT_TRUE(house.run(house.spool->bounce({id, {}}, "not today")));
    EXPECT_EQ(house.spool->take_reports(), std::vector<QueueId>{id});
    EXPECT_TRUE(house.spool->take().empty());
    const auto shown = house.run(house.spool->show(id));
    EXPECT_EQ(shown->recipients.at(0).last_reply, "not today");
}

TEST(Spool, ARetryAfterTheLifetimeStartsAnother)
{
    House house;
    const QueueId id = house.put({"bob@a.example"});
    ASSERT_TRUE(house.run(house.spool->hold({id, {}})));
    house.clock.advance(200 * hour);
    ASSERT_TRUE(house.run(house.spool->release({id, {}})));
    EXPECT_EQ(house.attempt(deferred()), Became::waiting);
    EXPECT_EQ(house.run(house.spool->show(id))->envelope.expires, house.clock.now_millis() + 120 * hour);
}

TEST(Spool, ListsInOrderAndPageByPage)
{
    House house;
    std::vector<QueueId> ids;
    for (int i = 0; i < 5; ++i)
        ids.push_back(house.put({"bob@a.example"}));
    std::vector<QueueId> listed;
    QueueId after;
    for (;;) {
        auto page = house.run(house.spool->list(2, after));
        ASSERT_TRUE(page);
        if (page->empty())
            break;
        for (const QueuedMessage& message : *page)
            listed.push_back(message.id);
        after = listed.back();
    }
    EXPECT_EQ(listed, ids);
}

TEST(Spool, MovesWaitingMailToANewSmarthost)
{
    House house;
    house.put({"bob@a.example"});
    house.put({"eve@b.example"});
    SpoolSettings other = settings();
    other.default_route = "smart.example:587";
    house.spool->configure(other);
    const auto attempts = house.spool->take();
    ASSERT_EQ(attempts.size(), 2U);
    EXPECT_EQ(attempts[0].lane, "*");
    EXPECT_EQ(attempts[1].lane, "*");
}

TEST(Spool, GivesASlotOnToTheNextMessageOfTheLane)
{
    House house;
    SpoolSettings one = settings();
    one.limits.per_lane = 1;
    house.spool->configure(one);
    const QueueId first = house.put({"bob@a.example"});
    const QueueId second = house.put({"eve@a.example"});
    const auto attempts = house.spool->take();
    ASSERT_EQ(attempts.size(), 1U);
    ASSERT_TRUE(house.run(house.spool->begin(attempts[0])));
    house.record(first, 0, delivered());
    const auto next = house.spool->finished_and_next(attempts[0]);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->id, second);
    ASSERT_TRUE(house.run(house.spool->begin(*next)));
    house.record(second, 0, delivered());
    EXPECT_FALSE(house.spool->finished_and_next(*next));
    EXPECT_EQ(house.spool->counts().active, 0U);
}

TEST(Spool, PutsTheWitnessesWritesIntoTheSameCommit)
{
    House house;
    house.spool->set_witness(
        [](storage::Batch& batch, const QueuedMessage&, const Recipient& recipient, Happened happened) {
            batch.put("t" + std::to_string(static_cast<int>(happened)), recipient.last_reply);
        });
    house.put({"bob@a.example"});
    const auto attempts = house.spool->take();
    ASSERT_TRUE(house.run(house.spool->begin(attempts.at(0))));
    house.engine->fail_commit_at(1);
    EXPECT_FALSE(house.run(house.spool->record(attempts[0].id, 0, delivered())));
    const std::string key = "t" + std::to_string(static_cast<int>(Happened::delivered));
    EXPECT_EQ(*house.run(house.engine->get(key)), std::nullopt);
    EXPECT_TRUE(house.run(house.spool->record(attempts[0].id, 0, delivered())));
    EXPECT_EQ(*house.run(house.engine->get(key)), "ok");
}

/// A whole life of a message with two recipients, one delivered at once, one failing after a retry, and its
/// report. Returns how far it came.
bool whole_life(House& house, const NewMessage& message)
{
    if (!house.enqueue(message))
        return false;
    for (int round = 0; round < 2; ++round) {
        for (const Attempt& attempt : house.spool->take()) {
            auto begun = house.run(house.spool->begin(attempt));
            bool fine = begun.has_value();
            if (fine)
                for (const Recipient& recipient : begun->recipients) {
                    const Result result = recipient.index == 0 ? delivered()
                                          : round == 0         ? deferred()
                                                               : failed();
                    fine = fine &&
                           house.run(house.spool->record(attempt.id, recipient.index, result)).has_value();
                }
            house.spool->finished(attempt, LaneVerdict::reached);
            if (!fine)
                return false;
        }
        house.clock.advance(10 * minute);
    }
    for (const QueueId id : house.spool->take_reports()) {
        auto duty = house.run(house.spool->begin_report(id));
        if (!duty)
            return false;
        storage::Batch batch = house.spool->settle(*duty, {1});
        if (!house.run(house.engine->commit(std::move(batch))))
            return false;
        house.spool->reported(*duty, {1});
    }
    return true;
}

TEST(Spool, LosesNothingWhateverCommitFailsWhereverItRestarts)
{
    for (std::size_t failing = 1; failing < 12; ++failing) {
        SCOPED_TRACE(failing);
        House house;
        const NewMessage message = house.message({"bob@a.example", "eve@a.example"});
        house.engine->fail_commit_at(failing);
        const bool finished = whole_life(house, message);
        house.restart();
        house.expect_consistent();
        const auto left = house.run(house.spool->show(message.id));
        if (finished || failing == 1) {
            EXPECT_TRUE(house.empty());
            continue;
        }
        ASSERT_TRUE(left);
        EXPECT_EQ(house.references(), 1);
        const SpoolCounts counts = house.spool->counts();
        EXPECT_EQ(counts.waiting + counts.done, left->recipients.size());
        EXPECT_EQ(left->recipients.back().index, 1U) << "the second recipient never reached its end";
        // From here on everything works: it comes to its end, once.
        house.clock.advance(10 * minute);
        for (int i = 0; i < 3; ++i) {
            for (const Attempt& attempt : house.spool->take()) {
                auto begun = house.run(house.spool->begin(attempt));
                ASSERT_TRUE(begun);
                for (const Recipient& recipient : begun->recipients)
                    house.record(attempt.id, recipient.index, delivered());
                house.spool->finished(attempt, LaneVerdict::reached);
            }
            for (const QueueId id : house.spool->take_reports()) {
                auto duty = house.run(house.spool->begin_report(id));
                ASSERT_TRUE(duty);
                ASSERT_TRUE(house.run(house.engine->commit(house.spool->settle(*duty, {1}))));
                house.spool->reported(*duty, {1});
            }
            house.clock.advance(10 * minute);
        }
        EXPECT_TRUE(house.empty());
    }
}

TEST(Spool, MemoryAgreesWithTheStoreAfterAFailedCommit)
{
    House house;
    const QueueId id = house.put({"bob@a.example"});
    const auto attempts = house.spool->take();
    house.engine->fail_commit_at(1, Fault::full);
    EXPECT_EQ(house.run(house.spool->begin(attempts.at(0))).error().fault, Fault::full);
    house.spool->finished(attempts[0], LaneVerdict::not_tried);
    EXPECT_EQ(house.spool->next_due(), house.clock.now_millis() + 5 * minute)
        << "no busy loop on a full disk";
    EXPECT_EQ(house.run(house.spool->show(id))->recipients.at(0).attempts, 0U);
    house.engine->fail_commit_at(1);
    EXPECT_FALSE(house.run(house.spool->hold({id, {}})));
    EXPECT_EQ(house.spool->counts().waiting, 1U);
    EXPECT_EQ(house.spool->counts().held, 0U);
}

TEST(Spool, FailsToLoadWhenTheStoreFails)
{
    House house;
    house.put({"bob@a.example"});
    auto copy = house.engine->clone_durable();
    copy->fail_get_at(1);
    Spool spool(*copy, house.clock);
    EXPECT_FALSE(house.run(spool.load()));
}

TEST(Spool, FindsRecordsThatDoNotBelongTogether)
{
    House house;
    const QueueId id = house.put({"bob@a.example"});
    storage::Batch batch;
    batch.erase(layout::message_key(id));
    ASSERT_TRUE(house.run(house.engine->commit(std::move(batch))));
    EXPECT_EQ(house.run(house.spool->check_consistency())->problems.size(), 1U);
}

} // namespace
} // namespace mansio::queue
