#pragma once
#include "base/outcome.h"
#include "base/task.h"

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::storage {

using base::Outcome;
using base::Task;

/// Name of a blob: the first 16 bytes of the SHA-256 of its content.
struct BlobId {
    std::array<char, 16> bytes{};
    auto operator<=>(const BlobId&) const = default;
    std::string_view view() const { return {bytes.data(), bytes.size()}; }
    std::string hex() const;
    static BlobId of(std::string_view content);
    static std::optional<BlobId> from_bytes(std::string_view sixteen);
    static std::optional<BlobId> from_hex(std::string_view text);
};

/// Shared, immutable message bytes: what a batch stores without another copy.
using Content = std::shared_ptr<const std::string>;

/// When a commit's caller goes on.
enum class Durable {
    now,  ///< when it is synced
    soon, ///< when it is written: the process may end, but should the machine lose its power within some 20
          ///< ms, the commit may be gone. Never for what somebody is told to be done.
};

/// One atomic change: all of it becomes durable, or none. A value; cheap to move, join batches with append().
/// Operations apply in the order they were added. Keys are at most 1 KiB and begin with a byte after "!"
/// (what lies before is the store's own), values are at most 16 MiB.
class Batch {
public:
    enum class Kind : std::uint8_t { put, erase, erase_range, raise, add, put_blob, ref_blob };
    struct Operation {
        Kind kind;
        std::string key;   ///< erase_range: first key; blobs: the id's 16 bytes
        std::string value; ///< erase_range: end key (not included; empty: there is no end)
        std::int64_t number = 0;
        Content content;
    };
    /// The commit is refused with Fault::conflict unless the key holds exactly this (nullopt: is absent).
    struct Expectation {
        std::string key;
        std::optional<std::string> value;
    };

    void put(std::string key, std::string value);
    void erase(std::string key);
    void erase_range(std::string first, std::string end);
    /// The key's counter becomes max(stored, value): safe whatever order batches land in. Counters are read
    /// with Engine::counter() and never share a key with put().
    void raise(std::string key, std::uint64_t value);
    /// The key's counter becomes stored + delta.
    void add(std::string key, std::int64_t delta);
    /// Stores the content (again is harmless) and adds one reference to it.
    void put_blob(BlobId id, Content content);
    /// Adds or drops references; bytes of a blob at 0 references are reclaimed later by collect_blobs().
    /// Adding to a blob that is not stored (nor by this batch) refuses the batch with Fault::not_found;
    /// dropping from one changes nothing.
    void ref_blob(BlobId id, std::int64_t delta);
    void expect(std::string key, std::optional<std::string> value);
    /// The joined batch is Durable::soon only if both are.
    void append(Batch&& other);
    void set_durable(Durable durable) { m_durable = durable; }
    Durable durable() const { return m_durable; }

    bool empty() const { return m_operations.empty(); }
    const std::vector<Operation>& operations() const { return m_operations; }
    const std::vector<Expectation>& expectations() const { return m_expectations; }
    /// About how many bytes this writes: keys, values and blobs.
    std::size_t size() const { return m_size; }

private:
    std::vector<Operation> m_operations;
    std::vector<Expectation> m_expectations;
    std::size_t m_size = 0;
    Durable m_durable = Durable::now;
};

struct Range {
    std::string first; ///< included
    std::string end;   ///< not included; empty: there is no end
    static Range prefix(std::string_view prefix);
};

struct Item {
    std::string key;
    std::string value;
};

/// Part of a scan: ask again with Range{next, end} while `next` is not empty.
struct Page {
    std::vector<Item> items;
    std::string next;
};

struct Statistics {
    std::uint64_t commits = 0; ///< batches made durable
    std::uint64_t syncs = 0;   ///< synced writes they shared
    std::uint64_t bytes = 0;   ///< bytes of those batches
    std::uint64_t failed = 0;  ///< batches refused or failed
    std::uint64_t blobs_reclaimed = 0;
};

/// The store: ordered keys and values, one atomic durable commit, blobs by content. Thread-safe; reads see
/// every commit that has returned. A key begins with its room's letter (table in doc/formats.md).
class Engine {
public:
    virtual ~Engine() = default;

    virtual Task<Outcome<std::optional<std::string>>> get(std::string key) = 0;
    /// 0 where absent, and where add() made it less than 0.
    virtual Task<Outcome<std::uint64_t>> counter(std::string key) = 0;
    /// In key order, at most `limit` items and about 1 MiB. A counter's value shows as 8 bytes big-endian
    /// (here, in get() and in expectations), a sum below 0 in two's complement.
    virtual Task<Outcome<Page>> scan(Range range, std::size_t limit = 1000) = 0;
    /// Returns after the batch is durable (synced), with a number that grows with every commit; a batch that
    /// is only to be so soon, after it is written and seen. Batches handed over on one thread become durable
    /// in that order. Fault::full when the disk is full (nothing was changed, later commits may succeed),
    /// Fault::conflict when an expectation did not hold.
    virtual Task<Outcome<std::uint64_t>> commit(Batch batch) = 0;

    /// Fault::not_found where there is no such blob.
    virtual Task<Outcome<std::uint64_t>> blob_size(BlobId id) = 0;
    /// At most `length` bytes from `offset`; less at the end of the blob, nothing behind it.
    virtual Task<Outcome<std::string>> read_blob(BlobId id, std::uint64_t offset = 0,
                                                 std::uint64_t length = UINT64_MAX) = 0;
    /// Reclaims blobs without references, at most `limit`; returns how many.
    virtual Task<Outcome<std::size_t>> collect_blobs(std::size_t limit = 1000) = 0;
    /// Every blob with its reference count: for check_consistency.
    struct BlobRow {
        BlobId id;
        std::int64_t references;
        std::uint64_t size;
    };
    virtual Task<Outcome<std::vector<BlobRow>>> list_blobs() = 0;

    virtual Statistics statistics() const = 0;
};

/// Reads a whole range, page by page. For ranges known to be small.
Task<Outcome<std::vector<Item>>> scan_all(Engine& engine, Range range);

} // namespace mansio::storage
