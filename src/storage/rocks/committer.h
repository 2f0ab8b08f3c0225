#pragma once
#include "base/time.h"
#include "storage/rocks/blob_garbage.h"
#include "storage/rocks/group.h"
#include "storage/rocks/store.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>

namespace mansio::storage::rocks {

/// The only writer of the store: a thread that takes all waiting batches, joins them into one synced write
/// and completes their callers. First in, first out. Batches that need to be durable only soon wait for no
/// sync: the next one takes them along, or one of their own a little later. Its destructor finishes what
/// waits.
class Committer {
public:
    Committer(Store& store, const RocksOptions& options);
    ~Committer();
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;

    base::Promise<Outcome<std::uint64_t>> commit(Batch batch);
    /// Reclaims those of the blobs (ids of 16 bytes) that have no references; says how many.
    base::Promise<Outcome<std::size_t>> collect(std::vector<std::string> ids);
    Statistics statistics() const;

private:
    struct Commit {
        Batch batch;
        base::Promise<Outcome<std::uint64_t>> done;
        Outcome<std::uint64_t> result = 0;
    };
    struct Collect {
        std::vector<std::string> ids;
        base::Promise<Outcome<std::size_t>> done;
    };
    using Job = std::variant<Commit, Collect>;

    void push(Job job);
    void run();
    std::vector<Job> take();
    void run_jobs(std::vector<Job>& jobs);
    void run_commits(std::vector<Job>& jobs);
    std::size_t run_group(std::vector<Job>& jobs, std::size_t from);
    std::unique_ptr<Group> make_group(const std::vector<Job>& jobs, std::size_t from, std::size_t to,
                                      Room space);
    std::size_t join(Group& group, std::vector<Job>& jobs, std::size_t from, std::size_t to);
    void finish_group(std::vector<Job>& jobs, std::size_t from, std::size_t end);
    Outcome<std::size_t> run_collect(const std::vector<std::string>& ids);
    /// The size of the blob that will be gone; nothing when it stays.
    Outcome<std::optional<std::uint64_t>> plan_collect(rocksdb::WriteBatch& write, const std::string& id);
    void tend_garbage(std::uint64_t deleted_bytes);
    Outcome<void> write(rocksdb::WriteBatch& batch, Durable durable);
    void note_written(Durable durable);
    bool sync_is_due() const;
    void sync_written();
    bool writable();
    void refuse(std::vector<Job>& jobs, std::size_t from);
    Room room();

    Store& m_store;
    const RocksOptions m_options;

    // The committer thread's own.
    base::SteadyTime m_next_reopen{};
    std::chrono::milliseconds m_reopen_wait{};
    BlobGarbage m_garbage; ///< of the open database
    base::SteadyTime m_next_look{};
    std::optional<base::SteadyTime> m_sync_at; ///< there are commits that were written and not synced

    mutable std::mutex m_mutex;
    std::condition_variable m_work;
    std::deque<Job> m_queue;
    bool m_stopping = false;
    Statistics m_statistics;
    std::thread m_thread;
};

} // namespace mansio::storage::rocks
