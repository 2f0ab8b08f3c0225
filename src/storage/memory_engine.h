#pragma once
#include "storage/counter.h"
#include "storage/engine.h"

#include <deque>
#include <map>
#include <mutex>
#include <variant>

namespace mansio::storage {

/// An engine for tests: it forgets what was not synced, fails at any step, fills up. By default a commit is
/// durable at once and does not suspend its caller. Thread-safe, knobs included.
class MemoryEngine final : public Engine {
public:
    /// Calls seen since the start, failed ones included.
    struct Calls {
        std::uint64_t gets = 0, counters = 0, scans = 0, commits = 0;
        std::uint64_t blob_sizes = 0, blob_reads = 0, collects = 0;
    };

    MemoryEngine() = default;

    Task<Outcome<std::optional<std::string>>> get(std::string key) override;
    Task<Outcome<std::uint64_t>> counter(std::string key) override;
    Task<Outcome<Page>> scan(Range range, std::size_t limit = 1000) override;
    Task<Outcome<std::uint64_t>> commit(Batch batch) override;
    Task<Outcome<std::uint64_t>> blob_size(BlobId id) override;
    Task<Outcome<std::string>> read_blob(BlobId id, std::uint64_t offset = 0,
                                         std::uint64_t length = UINT64_MAX) override;
    Task<Outcome<std::size_t>> collect_blobs(std::size_t limit = 1000) override;
    Task<Outcome<std::vector<BlobRow>>> list_blobs() override;
    Statistics statistics() const override;

    /// From now on commits wait, unseen by reads, until release_syncs(). hold_syncs(false) releases them.
    void hold_syncs(bool hold);
    /// Makes all waiting commits durable, in order, with one sync, and completes them. Still holding after
    /// it.
    void release_syncs();
    std::size_t waiting() const;
    /// The crash: waiting commits are gone; their callers get Fault::closed.
    void lose_unsynced();
    /// What a restart after a crash now would find: the durable state alone, all knobs at rest.
    std::unique_ptr<MemoryEngine> clone_durable() const;

    /// The n-th commit from now (1 is the next) fails and changes nothing; 0 takes it back.
    void fail_commit_at(std::size_t n, base::Fault fault = base::Fault::temporary);
    /// The same for reads of any kind: get, counter, scan, blob_size, read_blob.
    void fail_get_at(std::size_t n, base::Fault fault = base::Fault::temporary);
    /// A commit that grows the store beyond this many bytes of keys, values and blobs gets Fault::full.
    void set_capacity(std::uint64_t bytes);
    std::uint64_t used() const;
    Calls calls() const;

private:
    using Cell = std::variant<std::string, Counter>;
    struct Blob {
        Content content;
        std::int64_t references = 0;
    };
    /// A key or blob as it was before the batch at hand touched it.
    struct Former {
        std::string key;
        std::optional<Cell> cell;
        std::optional<Blob> blob;
        bool is_blob = false;
    };
    struct Waiting {
        Batch batch;
        base::Promise<Outcome<std::uint64_t>> done;
        std::optional<base::Fault> failing;
        Outcome<std::uint64_t> result = 0;
    };
    struct Countdown {
        std::size_t left = 0;
        base::Fault fault = base::Fault::temporary;
        std::optional<base::Fault> step();
    };

    base::Promise<Outcome<std::uint64_t>> hand_over(Batch batch);
    std::deque<Waiting> settle_locked();
    Outcome<std::uint64_t> apply(const Waiting& waiting);
    Outcome<void> check_state(const Batch& batch) const;
    void apply(const Batch& batch, const Batch::Operation& operation);
    void set_cell(const std::string& key, std::optional<Cell> cell);
    void set_blob(const std::string& id, std::optional<Blob> blob);
    void count(const Batch::Operation& operation, CellKind kind);
    void roll_back();
    Outcome<void> before_read(std::uint64_t Calls::* which);
    Page page_locked(const Range& range, std::size_t limit) const;

    mutable std::mutex m_mutex;
    std::map<std::string, Cell> m_cells;
    std::map<std::string, Blob> m_blobs;
    std::uint64_t m_used = 0;
    std::uint64_t m_version = 0;
    std::vector<Former> m_formers;
    std::deque<Waiting> m_waiting;
    bool m_hold = false;
    Countdown m_fail_commit;
    Countdown m_fail_get;
    std::uint64_t m_capacity = UINT64_MAX;
    Calls m_calls;
    Statistics m_statistics;
};

} // namespace mansio::storage
