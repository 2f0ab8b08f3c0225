#include "storage/rocks/committer.h"

#include "base/log.h"
#include "storage/rocks/layout.h"

#include <algorithm>
#include <new>
#include <pthread.h>
#include <sys/mman.h>

namespace mansio::storage::rocks {

using namespace std::chrono_literals;

namespace {

/// Asks the system; only for what the allocator would have to ask the system for.
bool is_there_memory(std::size_t bytes)
{
    constexpr std::size_t little = 1 << 20;
    if (bytes < little)
        return true;
    void* probe = ::mmap(nullptr, bytes + little, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (probe == MAP_FAILED)
        return false;
    ::munmap(probe, bytes + little);
    return true;
}

} // namespace

Committer::Committer(Store& store, const RocksOptions& options)
    : m_store(store)
    , m_options(options)
{
    m_thread = std::thread([this] { run(); });
    pthread_setname_np(m_thread.native_handle(), "committer");
}

Committer::~Committer()
{
    {
        std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_work.notify_one();
    m_thread.join();
}

base::Promise<Outcome<std::uint64_t>> Committer::commit(Batch batch)
{
    base::Promise<Outcome<std::uint64_t>> done;
    push(Commit{std::move(batch), done});
    return done;
}

base::Promise<Outcome<std::size_t>> Committer::collect(std::vector<std::string> ids)
{
    base::Promise<Outcome<std::size_t>> done;
    push(Collect{std::move(ids), done});
    return done;
}

void Committer::push(Job job)
{
    {
        std::lock_guard lock(m_mutex);
        m_queue.push_back(std::move(job));
    }
    m_work.notify_one();
}

Statistics Committer::statistics() const
{
    std::lock_guard lock(m_mutex);
    return m_statistics;
}

void Committer::run()
{
    for (;;) {
        std::vector<Job> jobs = take();
        if (!jobs.empty())
            run_jobs(jobs);
        else if (m_sync_at)
            sync_written();
        else
            return;
    }
}

void Committer::run_jobs(std::vector<Job>& jobs)
{
    if (auto* collect = std::get_if<Collect>(&jobs[0]))
        collect->done.set(run_collect(collect->ids));
    else
        run_commits(jobs);
}

/// The longest row of commits at the head of the queue that the limits allow, or one collection; nothing when
/// what was written has waited long enough for a sync, and when it is time to end.
std::vector<Committer::Job> Committer::take()
{
    std::unique_lock lock(m_mutex);
    const auto woken = [this] { return m_stopping || !m_queue.empty(); };
    if (m_sync_at)
        m_work.wait_until(lock, *m_sync_at, woken);
    else
        m_work.wait(lock, woken);
    std::vector<Job> jobs;
    std::size_t bytes = 0;
    while (!m_queue.empty() && jobs.size() < m_options.max_group_batches) {
        const auto* commit = std::get_if<Commit>(&m_queue.front());
        bytes += commit ? commit->batch.size() : 0;
        if (!jobs.empty() && (!commit || bytes > m_options.max_group_bytes))
            break;
        jobs.push_back(std::move(m_queue.front()));
        m_queue.pop_front();
        if (std::holds_alternative<Collect>(jobs.back()))
            break;
    }
    return jobs;
}

void Committer::run_commits(std::vector<Job>& jobs)
{
    std::size_t from = 0;
    while (from < jobs.size()) {
        const std::size_t end = run_group(jobs, from);
        finish_group(jobs, from, end);
        from = end;
    }
    if (m_garbage.is_moving() && m_store.writable() && std::chrono::steady_clock::now() >= m_next_look)
        tend_garbage(0);
}

/// Writes as many of the jobs as may go together; their results are set but not yet handed out.
std::size_t Committer::run_group(std::vector<Job>& jobs, std::size_t from)
{
    const Room space = room();
    if (space == Room::none) {
        refuse(jobs, from);
        return jobs.size();
    }
    std::size_t to = jobs.size();
    auto group = make_group(jobs, from, to, space);
    if (!group && to > from + 1) { // the large one fails alone
        to = from + 1;
        group = make_group(jobs, from, to, space);
    }
    if (!group) {
        std::get<Commit>(jobs[from]).result = base::fail(Fault::temporary, "no memory for a commit");
        return to;
    }
    const std::size_t end = join(*group, jobs, from, to);
    if (group->empty())
        return end;
    auto written = write(group->joined(), sync_is_due() ? Durable::now : group->durable());
    for (std::size_t at = from; !written && at < end; ++at)
        if (auto& result = std::get<Commit>(jobs[at]).result)
            result = std::unexpected(written.error());
    return end;
}

/// A group with the memory for all of these jobs and for the database's own copy of them: it does not survive
/// it when an allocation fails there (7.8.3). Nothing when there is not so much.
std::unique_ptr<Group> Committer::make_group(const std::vector<Job>& jobs, std::size_t from, std::size_t to,
                                             Room space)
{
    std::size_t bytes = 0;
    for (std::size_t at = from; at < to; ++at)
        bytes += Group::bytes_of(std::get<Commit>(jobs[at]).batch);
    try {
        auto group = std::make_unique<Group>(m_store.database(), space, bytes);
        return is_there_memory(bytes) ? std::move(group) : nullptr;
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

/// As many of the jobs as may be joined; their results are set.
std::size_t Committer::join(Group& group, std::vector<Job>& jobs, std::size_t from, std::size_t to)
{
    const std::uint64_t base_version = m_store.database().db().GetLatestSequenceNumber();
    std::size_t end = from;
    for (; end < to; ++end) {
        auto& commit = std::get<Commit>(jobs[end]);
        auto verdict = group.add(commit.batch);
        if (verdict && *verdict == Group::Verdict::later)
            break;
        commit.result = base_version + group.operations();
        if (!verdict)
            commit.result = std::unexpected(verdict.error());
    }
    return end;
}

void Committer::finish_group(std::vector<Job>& jobs, std::size_t from, std::size_t end)
{
    {
        std::lock_guard lock(m_mutex);
        for (std::size_t at = from; at < end; ++at) {
            const auto& commit = std::get<Commit>(jobs[at]);
            (commit.result ? m_statistics.commits : m_statistics.failed) += 1;
            m_statistics.bytes += commit.result ? commit.batch.size() : 0;
        }
    }
    for (std::size_t at = from; at < end; ++at) {
        auto& commit = std::get<Commit>(jobs[at]);
        commit.done.set(std::move(commit.result));
    }
}

/// All or nothing. To a caller any input/output error is "no room": nothing was changed, it may work later.
Outcome<void> Committer::write(rocksdb::WriteBatch& batch, Durable durable)
{
    rocksdb::WriteOptions writing;
    writing.sync = durable == Durable::now;
    rocksdb::DB& database = m_store.database().db();
    const std::uint64_t last_good = database.GetLatestSequenceNumber();
    auto status = database.Write(writing, &batch);
    if (status.ok()) {
        m_reopen_wait = {};
        note_written(durable);
        return {};
    }
    Failure failed = failure(status, "a group commit");
    if (status.IsIOError())
        failed.fault = Fault::full;
    m_store.set_broken(last_good);
    return std::unexpected(failed);
}

void Committer::note_written(Durable durable)
{
    constexpr auto soon = 20ms; // long enough for a lonely session's next commit to come by
    if (durable == Durable::soon) {
        m_sync_at = m_sync_at.value_or(std::chrono::steady_clock::now() + soon);
        return;
    }
    m_sync_at.reset(); // the log is one: what was written before is synced too
    std::lock_guard lock(m_mutex);
    ++m_statistics.syncs;
}

bool Committer::sync_is_due() const
{
    return m_sync_at && std::chrono::steady_clock::now() >= *m_sync_at;
}

/// Nobody waits for this. If it fails, the store is mended before the next commit, and what was written is
/// still seen.
void Committer::sync_written()
{
    m_sync_at.reset();
    if (!m_store.writable())
        return;
    rocksdb::WriteBatch nothing;
    if (auto synced = write(nothing, Durable::now); !synced)
        base::log(base::Level::error, "store", "written commits could not be synced",
                  {{"cause", synced.error().cause}});
}

/// Mends a store whose last write failed: when there is room for it, and ever more rarely if it fails again.
bool Committer::writable()
{
    if (m_store.writable())
        return true;
    const auto now = std::chrono::steady_clock::now();
    if (now < m_next_reopen || m_options.free_bytes() < m_store.reopening_bytes())
        return false;
    m_reopen_wait = std::clamp<std::chrono::milliseconds>(2 * m_reopen_wait, 250ms, 30s);
    m_next_reopen = now + m_reopen_wait;
    m_garbage.stop();
    return m_store.reopen();
}

void Committer::refuse(std::vector<Job>& jobs, std::size_t from)
{
    for (std::size_t at = from; at < jobs.size(); ++at)
        std::get<Commit>(jobs[at]).result = base::fail(Fault::full, "the store's disk is full");
}

Room Committer::room()
{
    if (!writable())
        return Room::none;
    if (m_options.min_free_bytes == 0)
        return Room::plenty;
    const std::uint64_t free = m_options.free_bytes();
    if (free >= m_options.min_free_bytes)
        return Room::plenty;
    if (free >= m_options.min_free_bytes / 4)
        return Room::scarce;
    return free >= m_options.min_free_bytes / 16 ? Room::reserve : Room::none;
}

Outcome<std::size_t> Committer::run_collect(const std::vector<std::string>& ids)
{
    if (room() == Room::none)
        return base::fail(Fault::full, "the store's disk is full");
    rocksdb::WriteBatch write_batch;
    std::size_t reclaimed = 0;
    std::uint64_t bytes = 0;
    for (const std::string& id : ids) {
        auto planned = plan_collect(write_batch, id);
        if (!planned)
            return std::unexpected(planned.error());
        reclaimed += *planned ? 1 : 0;
        bytes += planned->value_or(0);
    }
    // Doing it again after a crash is harmless.
    if (write_batch.Count() > 0)
        if (auto written = write(write_batch, Durable::soon); !written)
            return std::unexpected(written.error());
    tend_garbage(bytes);
    std::lock_guard lock(m_mutex);
    m_statistics.blobs_reclaimed += reclaimed;
    return reclaimed;
}

void Committer::tend_garbage(std::uint64_t deleted_bytes)
{
    constexpr auto between_looks = 5s; // while it moves
    m_garbage.tend(m_store.database(), deleted_bytes, m_options.free_bytes());
    m_next_look = std::chrono::steady_clock::now() + between_looks;
}

/// The count is read here, on the only thread that writes: no put can slip in between.
Outcome<std::optional<std::uint64_t>> Committer::plan_collect(rocksdb::WriteBatch& write_batch,
                                                              const std::string& id)
{
    Database& database = m_store.database();
    auto* family = database.blobs();
    write_batch.Delete(family, blob_key(BlobKey::candidate, id));
    auto cell = database.read(family, blob_key(BlobKey::references, id));
    if (!cell)
        return std::unexpected(cell.error());
    auto references = *cell ? decode_counter(**cell) : Counter();
    if (!references)
        return base::fail(Fault::corrupt, "the reference count of a blob");
    if (references->shown() > 0)
        return std::nullopt;
    auto bytes = database.read(family, blob_key(BlobKey::meta, id));
    if (!bytes)
        return std::unexpected(bytes.error());
    auto meta = *bytes ? BlobMeta::decode(**bytes) : BlobMeta();
    if (!meta)
        return base::fail(Fault::corrupt, "the record of a blob");
    for (std::uint64_t number = 0; number < meta->chunks(); ++number)
        write_batch.Delete(family, chunk_key(id, number));
    write_batch.Delete(family, blob_key(BlobKey::meta, id));
    write_batch.Delete(family, blob_key(BlobKey::references, id));
    return *bytes ? std::optional(meta->size) : std::nullopt;
}

} // namespace mansio::storage::rocks
