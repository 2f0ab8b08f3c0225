// The engine's own rate: what a delivery would cost if a server did nothing but store it.
#include "load/limits.h"
#include "load/messages.h"

#include "base/bytes.h"
#include "storage/rocksdb_engine.h"

#include <fmt/format.h>
#include <vector>

namespace mansio::load {
namespace {

/// The shape of a delivery's batch: the content and a few short entries.
constexpr int entries = 3;
constexpr std::size_t entry_size = 100;

struct Shared {
    storage::Engine& engine;
    std::vector<storage::Content> contents;
    Run& run;
    Deadline end;
};

storage::Batch make_batch(const Shared& shared, std::uint64_t number)
{
    storage::Batch batch;
    base::Writer name;
    name.u64(number).u64(0);
    const std::string key = name.take();
    batch.put_blob(*storage::BlobId::from_bytes(key), shared.contents[number % shared.contents.size()]);
    for (int i = 0; i < entries; ++i)
        batch.put(fmt::format("load{}{:020}", i, number),
                  std::string(entry_size, static_cast<char>('a' + i)));
    return batch;
}

class Writing final : public Session {
public:
    Writing(const Shared& shared, Place place)
        : m_shared(shared)
        , m_place(place)
    {
    }

    Task<Outcome<void>> prepare() override { co_return Outcome<void>{}; }
    Task<void> leave() override { co_return; }

    Task<void> work() override
    {
        while (!m_shared.end.passed()) {
            const auto ticket = m_shared.run.take();
            if (!ticket)
                break;
            const auto since = std::chrono::steady_clock::now();
            storage::Batch batch = make_batch(m_shared, *ticket);
            const std::size_t size = batch.size();
            auto number = co_await m_shared.engine.commit(std::move(batch));
            if (number)
                m_place.tally.done(since, 1, size);
            else
                m_place.tally.failed(number.error().cause);
        }
    }

private:
    const Shared& m_shared;
    Place m_place;
};

Outcome<std::vector<storage::Content>> make_contents(std::uint64_t size)
{
    MessageOptions options;
    options.size = size;
    auto messages = Messages::load(options, Form::literal);
    if (!messages)
        return std::unexpected(std::move(messages.error()));
    std::vector<storage::Content> contents;
    for (std::uint64_t i = 0; i < messages->count(); ++i) {
        const Message& message = messages->at(i);
        const MessageId id = messages->id(i);
        contents.push_back(
            std::make_shared<const std::string>(message.before + std::string(id.line()) + message.after));
    }
    return contents;
}

} // namespace

int measure_group_commit(const LimitOptions& options)
{
    auto contents = make_contents(options.size);
    if (!contents)
        return cannot_run(contents.error());
    auto engine = storage::open_rocksdb({.path = options.folder, .create = storage::Create::if_missing});
    if (!engine)
        return cannot_run(engine.error());
    CommonOptions common;
    common.connections = options.writers;
    common.deadline_seconds = options.seconds + 60;
    Run run("limit-group-commit", common, UINT64_MAX, Tickets::at_most);
    const Shared shared{**engine, std::move(*contents), run,
                        Deadline::after(std::chrono::seconds(options.seconds))};
    return drive(run, common, Preparation::on_the_clock,
                 [&](Place place) { return std::make_unique<Writing>(shared, place); });
}

} // namespace mansio::load
