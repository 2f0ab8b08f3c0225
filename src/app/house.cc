#include "app/house.h"

#include "base/log.h"
#include "relay/journal.h"
#include "relay/relay.h"
#include "storage/memory_engine.h"
#include "storage/rocksdb_engine.h"

#include <algorithm>
#include <thread>

namespace mansio::app {
namespace {

unsigned count_or_cores(std::uint32_t wanted)
{
    return wanted != 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
}

storage::Compression compression_of(config::StoreCompression wanted)
{
    switch (wanted) {
    case config::StoreCompression::none: return storage::Compression::none;
    case config::StoreCompression::lz4: return storage::Compression::lz4;
    case config::StoreCompression::zstd: break;
    }
    return storage::Compression::zstd;
}

base::Outcome<std::unique_ptr<storage::Engine>> open_engine(const config::Settings& settings,
                                                            House::Create create)
{
    if (settings.store.engine == config::StoreEngine::memory)
        return std::make_unique<storage::MemoryEngine>();
    storage::RocksOptions options;
    options.path = settings.store_path();
    options.create = create == House::Create::yes ? storage::Create::if_missing : storage::Create::no;
    options.compression = compression_of(settings.store.compression);
    options.cache_bytes = settings.store.cache;
    options.write_buffer_bytes = settings.store.write_buffer;
    options.max_group_bytes = settings.store.max_group;
    options.min_free_bytes = settings.store.free_space;
    options.max_open_files = static_cast<int>(settings.store.max_open_files);
    return storage::open_rocksdb(std::move(options));
}

directory::DirectorySettings directory_settings(const config::AccountSettings& accounts)
{
    directory::DirectorySettings settings;
    settings.recipient_delimiter = accounts.recipient_delimiter;
    settings.argon2_passes = accounts.argon2_passes;
    settings.argon2_lanes = accounts.argon2_lanes;
    settings.argon2_memory_kib = static_cast<unsigned>(accounts.argon2_memory / 1024);
    settings.scram_iterations = accounts.scram_iterations;
    return settings;
}

base::Task<void> hash_on(net::Workers& workers, std::move_only_function<void()> work)
{
    co_await workers.run(std::move(work));
}

std::string_view words(queue::Happened happened)
{
    switch (happened) {
    case queue::Happened::deferred: return "deferred";
    case queue::Happened::delivered: return "delivered";
    case queue::Happened::failed: return "failed";
    case queue::Happened::returned: return "returned";
    case queue::Happened::parked: return "parked";
    case queue::Happened::held: return "held";
    case queue::Happened::released: return "released";
    case queue::Happened::removed: return "removed";
    }
    return "changed";
}

void log_change(const queue::QueuedMessage& message, const queue::Recipient& recipient,
                queue::Happened happened)
{
    const bool bad = happened == queue::Happened::failed || happened == queue::Happened::parked;
    base::log(bad ? base::Level::warning : base::Level::info, "relay", words(happened),
              {{"message", queue::to_text(message.id)},
               {"trace", message.envelope.trace_id},
               {"recipient", recipient.forward_path},
               {"remote", recipient.last_remote},
               {"reply", recipient.last_reply},
               {"session", recipient.session}});
}

/// What becomes of a recipient: into the message's journey, and a line of the log. An attempt that never made
/// a connection has no session that could tell.
queue::Witness queue_witness(trace::Recorder& recorder)
{
    return [journal = relay::journey_witness(recorder)](
               storage::Batch& batch, const queue::QueuedMessage& message, const queue::Recipient& recipient,
               queue::Happened happened) {
        journal(batch, message, recipient, happened);
        log_change(message, recipient, happened);
    };
}

} // namespace

base::Outcome<std::unique_ptr<House>> House::open(std::shared_ptr<const config::Settings> settings,
                                                  Create create)
{
    auto engine = open_engine(*settings, create);
    if (!engine)
        return base::fail(engine.error(), "opening the store " + settings->store_path());
    std::unique_ptr<House> house(new House);
    house->m_engine = std::move(*engine);
    house->m_loops = std::make_unique<net::Loops>(count_or_cores(settings->server.loops));
    house->m_workers = std::make_unique<net::Workers>(count_or_cores(settings->server.workers));
    std::vector<base::Executor*> owners;
    for (unsigned i = 0; i < house->m_loops->size(); ++i)
        owners.push_back(&house->m_loops->at(i));
    storage::Engine& store = *house->m_engine;
    house->m_directory = std::make_unique<directory::Directory>(
        store, house->m_clock,
        [workers = house->m_workers.get()](std::move_only_function<void()> work) {
            return hash_on(*workers, std::move(work)); // no coroutine itself: captures are safe
        },
        directory_settings(settings->accounts));
    mailbox::AccountsOptions options;
    options.max_mailboxes = settings->imap.max_mailboxes;
    house->m_accounts = std::make_unique<mailbox::Accounts>(store, owners, house->m_clock, options);
    house->m_recorder =
        std::make_unique<trace::Recorder>(store, settings->log, *owners.front(), house->m_clock);
    house->m_spool =
        std::make_unique<queue::Spool>(store, house->m_clock, relay::spool_settings(settings->relay));
    house->m_spool->set_witness(queue_witness(*house->m_recorder));
    intake::IntakeSettings accept;
    accept.hostname = settings->server.hostname;
    accept.max_received = settings->smtp.max_received;
    accept.check_sender = settings->smtp.check_sender;
    accept.hide_submission_address = settings->smtp.hide_submission_address;
    house->m_intake = std::make_unique<intake::Intake>(
        intake::Intake::Parts{store, *house->m_directory, *house->m_accounts, *house->m_spool,
                              house->m_recorder.get(), house->m_clock, house->m_workers.get()},
        std::move(accept));
    house->m_admin.reset(new admin::Context{store,
                                            *house->m_directory,
                                            *house->m_accounts,
                                            *house->m_spool,
                                            *house->m_recorder,
                                            house->m_clock,
                                            settings->accounts.min_password_length,
                                            settings->accounts.default_quota,
                                            {}});
    house->m_loops->start();
    return house;
}

House::~House()
{
    if (!m_loops)
        return;
    m_recorder->stop();
    auto flushed = run(m_accounts->flush());
    if (!flushed) // checkpoints are derived: the log has everything
        base::log(base::Level::warning, "store", "checkpoints not written",
                  {{"cause", flushed.error().cause}});
    m_workers.reset();
    m_loops->stop();
    m_loops->join();
    m_admin.reset();
    m_intake.reset();
    m_spool.reset();
    m_recorder.reset();
    m_accounts.reset();
    m_directory.reset();
    m_engine.reset();
}

} // namespace mansio::app
