#include "storage/rocksdb_engine.h"

#include "base/time.h"
#include "storage/batch_rules.h"
#include "storage/rocks/blobs.h"
#include "storage/rocks/committer.h"
#include "storage/rocks/layout.h"
#include "storage/rocks/store.h"

#include <algorithm>
#include <sys/statvfs.h>

namespace mansio::storage {

namespace {

// A collection holds up the commits behind it: small steps keep that to a few milliseconds.
constexpr std::size_t collect_step = 64;

class RocksEngine final : public Engine {
public:
    RocksEngine(std::unique_ptr<rocks::Store> store, const RocksOptions& options)
        : m_store(std::move(store))
        , m_committer(*m_store, options)
    {
    }

    Task<Outcome<std::optional<std::string>>> get(std::string key) override;
    Task<Outcome<std::uint64_t>> counter(std::string key) override;
    Task<Outcome<Page>> scan(Range range, std::size_t limit) override;
    Task<Outcome<std::uint64_t>> commit(Batch batch) override;
    Task<Outcome<std::uint64_t>> blob_size(BlobId id) override;
    Task<Outcome<std::string>> read_blob(BlobId id, std::uint64_t offset, std::uint64_t length) override;
    Task<Outcome<std::size_t>> collect_blobs(std::size_t limit) override;
    Task<Outcome<std::vector<BlobRow>>> list_blobs() override;
    Statistics statistics() const override { return m_committer.statistics(); }

private:
    Outcome<std::optional<std::string>> read_cell(std::string_view key);
    Outcome<Page> read_page(const Range& range, std::size_t limit);
    Outcome<std::vector<std::string>> read_candidates(const std::string& after, std::size_t limit);

    std::unique_ptr<rocks::Store> m_store;
    rocks::Committer m_committer;
};

Failure closed()
{
    return {Fault::temporary, "the store could not be reopened after an error"};
}

Outcome<std::optional<std::string>> RocksEngine::read_cell(std::string_view key)
{
    auto reading = m_store->reading();
    if (!reading)
        return std::unexpected(closed());
    return reading->read(reading->keys(), key);
}

Task<Outcome<std::optional<std::string>>> RocksEngine::get(std::string key)
{
    auto cell = read_cell(key);
    if (!cell)
        co_return std::unexpected(cell.error());
    if (!*cell)
        co_return std::nullopt;
    auto shown = rocks::decode_shown(**cell);
    if (!shown)
        co_return base::fail(Fault::corrupt, "a stored value has no known kind");
    co_return std::move(*shown);
}

Task<Outcome<std::uint64_t>> RocksEngine::counter(std::string key)
{
    auto cell = read_cell(key);
    if (!cell)
        co_return std::unexpected(cell.error());
    if (!*cell)
        co_return 0;
    auto counter = rocks::decode_counter(**cell);
    if (!counter)
        co_return base::fail(Fault::invalid, "counter() on a key written by put()");
    co_return counter->shown();
}

Task<Outcome<Page>> RocksEngine::scan(Range range, std::size_t limit)
{
    co_return read_page(range, std::max<std::size_t>(limit, 1));
}

Outcome<Page> RocksEngine::read_page(const Range& range, std::size_t limit)
{
    static const std::string first_key(1, static_cast<char>(first_key_byte));
    auto reading = m_store->reading();
    if (!reading)
        return std::unexpected(closed());
    const rocksdb::Slice end = range.end;
    rocksdb::ReadOptions options;
    if (!range.end.empty())
        options.iterate_upper_bound = &end;
    std::unique_ptr<rocksdb::Iterator> at(reading->db().NewIterator(options, reading->keys()));
    Page page;
    std::size_t bytes = 0;
    for (at->Seek(std::max(range.first, first_key)); at->Valid(); at->Next()) {
        if (page.items.size() >= limit || bytes >= max_page_bytes) {
            page.next = at->key().ToString();
            break;
        }
        auto shown = rocks::decode_shown(at->value().ToStringView());
        if (!shown)
            return base::fail(Fault::corrupt, "a stored value has no known kind");
        bytes += at->key().size() + shown->size();
        page.items.push_back({at->key().ToString(), std::move(*shown)});
    }
    if (!at->status().ok())
        return std::unexpected(rocks::failure(at->status(), "reading a range"));
    return page;
}

Task<Outcome<std::uint64_t>> RocksEngine::commit(Batch batch)
{
    auto promise = m_committer.commit(std::move(batch));
    auto result = co_await promise.wait();
    co_return result;
}

Task<Outcome<std::uint64_t>> RocksEngine::blob_size(BlobId id)
{
    auto reading = m_store->reading();
    if (!reading)
        co_return std::unexpected(closed());
    auto meta = rocks::read_meta(*reading, id);
    if (!meta)
        co_return std::unexpected(meta.error());
    co_return meta->size;
}

Task<Outcome<std::string>> RocksEngine::read_blob(BlobId id, std::uint64_t offset, std::uint64_t length)
{
    auto reading = m_store->reading();
    if (!reading)
        co_return std::unexpected(closed());
    co_return rocks::read_blob(*reading, id, offset, length);
}

Outcome<std::vector<std::string>> RocksEngine::read_candidates(const std::string& after, std::size_t limit)
{
    auto reading = m_store->reading();
    if (!reading)
        return std::unexpected(closed());
    return rocks::candidates(*reading, after, limit);
}

Task<Outcome<std::size_t>> RocksEngine::collect_blobs(std::size_t limit)
{
    std::size_t reclaimed = 0;
    std::string after;
    while (reclaimed < limit) {
        auto ids = read_candidates(after, std::min(collect_step, limit - reclaimed));
        if (!ids)
            co_return std::unexpected(ids.error());
        if (ids->empty())
            break;
        after = ids->back();
        auto promise = m_committer.collect(std::move(*ids));
        auto step = co_await promise.wait();
        if (!step)
            co_return step;
        reclaimed += *step;
    }
    if (reclaimed < limit) { // all is collected: the time to see to the files
        auto promise = m_committer.collect({});
        auto tended = co_await promise.wait();
        if (!tended)
            co_return tended;
    }
    co_return reclaimed;
}

Task<Outcome<std::vector<Engine::BlobRow>>> RocksEngine::list_blobs()
{
    auto reading = m_store->reading();
    if (!reading)
        co_return std::unexpected(closed());
    co_return rocks::list_blobs(*reading);
}

std::uint64_t free_bytes_of(const std::string& path)
{
    struct statvfs disk{};
    if (statvfs(path.c_str(), &disk) != 0)
        return UINT64_MAX; // the write itself will tell
    return std::uint64_t(disk.f_bavail) * disk.f_frsize;
}

/// Asks the system for each commit where little is left, else now and then: not much can happen in between.
class FreeSpace {
public:
    explicit FreeSpace(const RocksOptions& options)
        : m_path(options.path)
        , m_little(4 * options.min_free_bytes)
    {
    }
    std::uint64_t operator()()
    {
        constexpr auto interval = std::chrono::milliseconds(50);
        const auto now = std::chrono::steady_clock::now();
        if (m_free <= m_little || now >= m_ask_at) {
            m_free = free_bytes_of(m_path);
            m_ask_at = now + interval;
        }
        return m_free;
    }

private:
    std::string m_path;
    std::uint64_t m_little;
    std::uint64_t m_free = 0;
    base::SteadyTime m_ask_at{};
};

} // namespace

Outcome<std::unique_ptr<Engine>> open_rocksdb(RocksOptions options)
{
    auto store = rocks::Store::open(options);
    if (!store)
        return std::unexpected(store.error());
    if (!options.free_bytes)
        options.free_bytes = FreeSpace(options);
    return std::make_unique<RocksEngine>(std::move(*store), options);
}

} // namespace mansio::storage
