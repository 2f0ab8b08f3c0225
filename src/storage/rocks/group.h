#pragma once
#include "storage/batch_rules.h"
#include "storage/counter.h"
#include "storage/rocks/database.h"

#include <rocksdb/write_batch.h>
#include <unordered_map>
#include <unordered_set>

namespace mansio::storage::rocks {

/// What a nearly full disk still takes (see RocksOptions::min_free_bytes).
enum class Room {
    plenty,
    scarce,  ///< no mail
    reserve, ///< only what frees something
    none,    ///< nothing, there is no group then: a write that fails half-way costs more than a refusal
};

/// Batches that become durable together: checks each against the store and against those before it, and joins
/// their operations in one write. The batches must outlive the group. Committer's thread only.
class Group {
public:
    enum class Verdict {
        joined,
        later, ///< depends on an earlier one in a way only the store can tell: write first, then ask again
    };

    /// Takes memory for so many bytes at once, see bytes_of(). std::bad_alloc where there is none.
    Group(Database& database, Room room, std::size_t bytes)
        : m_database(database)
        , m_room(room)
        , m_write(bytes)
    {
    }
    /// What a batch takes in the joined write, at most.
    static std::size_t bytes_of(const Batch& batch);

    /// Failures refuse this batch alone.
    Outcome<Verdict> add(const Batch& batch);
    bool empty() const { return m_write.Count() == 0; }
    /// How many operations are joined so far: the distance of the last batch's version from the write's
    /// start.
    std::uint64_t operations() const { return m_write.Count(); }
    /// Durable::now if one of the joined wants that.
    Durable durable() const { return m_durable; }
    rocksdb::WriteBatch& joined() { return m_write; }

private:
    Outcome<void> check_room(const Batch& batch) const;
    Outcome<Verdict> check_expectation(const Batch::Expectation& expectation);
    Outcome<void> join_all(const Batch& batch);
    Outcome<void> join(const Batch::Operation& operation);
    void put(const Batch::Operation& operation);
    void erase_range(const Batch::Operation& operation);
    void put_blob(const Batch::Operation& operation);
    Outcome<void> ref_blob(const Batch::Operation& operation);
    void step(const Batch::Operation& operation, CellKind kind);
    Outcome<bool> has_blob(std::string_view id);
    void remember(const Batch& batch);

    /// What a key will hold after the joined batches, as far as they say it plainly.
    struct Planned {
        const Batch::Operation* last; ///< put or erase; else unclear
    };

    Database& m_database;
    Room m_room;
    rocksdb::WriteBatch m_write;
    Durable m_durable = Durable::soon;
    std::unordered_map<std::string_view, Planned> m_planned;
    std::vector<const Batch::Operation*> m_erased_ranges;
    std::unordered_set<std::string_view> m_stored;     ///< blobs of joined batches
    std::unordered_set<std::string_view> m_stored_now; ///< blobs of the batch at hand
};

} // namespace mansio::storage::rocks
