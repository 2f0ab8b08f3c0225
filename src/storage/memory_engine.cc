#include "storage/memory_engine.h"

#include "storage/batch_rules.h"

#include <algorithm>

namespace mansio::storage {

namespace {

std::string shown(const std::variant<std::string, Counter>& cell)
{
    const auto* counter = std::get_if<Counter>(&cell);
    return counter ? counter->bytes() : std::get<std::string>(cell);
}

std::uint64_t weight_of(const std::string& key, const std::variant<std::string, Counter>& cell)
{
    const auto* value = std::get_if<std::string>(&cell);
    return key.size() + (value ? value->size() : sizeof(std::uint64_t));
}

Failure no_blob(BlobId id)
{
    return {Fault::not_found, "no blob " + id.hex()};
}

} // namespace

// Reads

Outcome<void> MemoryEngine::before_read(std::uint64_t Calls::* which)
{
    ++(m_calls.*which);
    if (auto fault = m_fail_get.step())
        return base::fail(*fault, "a read that the test made fail");
    return {};
}

Task<Outcome<std::optional<std::string>>> MemoryEngine::get(std::string key)
{
    std::lock_guard lock(m_mutex);
    if (auto ready = before_read(&Calls::gets); !ready)
        co_return std::unexpected(ready.error());
    auto found = m_cells.find(key);
    if (found == m_cells.end())
        co_return std::nullopt;
    co_return shown(found->second);
}

Task<Outcome<std::uint64_t>> MemoryEngine::counter(std::string key)
{
    std::lock_guard lock(m_mutex);
    if (auto ready = before_read(&Calls::counters); !ready)
        co_return std::unexpected(ready.error());
    auto found = m_cells.find(key);
    if (found == m_cells.end())
        co_return 0;
    const auto* counter = std::get_if<Counter>(&found->second);
    if (!counter)
        co_return base::fail(Fault::invalid, "counter() on a key written by put()");
    co_return counter->shown();
}

Task<Outcome<Page>> MemoryEngine::scan(Range range, std::size_t limit)
{
    std::lock_guard lock(m_mutex);
    if (auto ready = before_read(&Calls::scans); !ready)
        co_return std::unexpected(ready.error());
    co_return page_locked(range, std::max<std::size_t>(limit, 1));
}

Page MemoryEngine::page_locked(const Range& range, std::size_t limit) const
{
    Page page;
    std::size_t bytes = 0;
    for (auto at = m_cells.lower_bound(range.first); at != m_cells.end(); ++at) {
        if (!range.end.empty() && at->first >= range.end)
            break;
        if (page.items.size() >= limit || bytes >= max_page_bytes) {
            page.next = at->first;
            break;
        }
        page.items.push_back({at->first, shown(at->second)});
        bytes += at->first.size() + page.items.back().value.size();
    }
    return page;
}

Task<Outcome<std::uint64_t>> MemoryEngine::blob_size(BlobId id)
{
    std::lock_guard lock(m_mutex);
    if (auto ready = before_read(&Calls::blob_sizes); !ready)
        co_return std::unexpected(ready.error());
    auto found = m_blobs.find(std::string(id.view()));
    if (found == m_blobs.end())
        co_return std::unexpected(no_blob(id));
    co_return found->second.content->size();
}

Task<Outcome<std::string>> MemoryEngine::read_blob(BlobId id, std::uint64_t offset, std::uint64_t length)
{
    std::lock_guard lock(m_mutex);
    if (auto ready = before_read(&Calls::blob_reads); !ready)
        co_return std::unexpected(ready.error());
    auto found = m_blobs.find(std::string(id.view()));
    if (found == m_blobs.end())
        co_return std::unexpected(no_blob(id));
    const std::string& content = *found->second.content;
    if (offset >= content.size())
        co_return std::string();
    co_return content.substr(offset, length);
}

Task<Outcome<std::vector<Engine::BlobRow>>> MemoryEngine::list_blobs()
{
    std::lock_guard lock(m_mutex);
    std::vector<BlobRow> rows;
    for (const auto& [id, blob] : m_blobs)
        rows.push_back({*BlobId::from_bytes(id), blob.references, blob.content->size()});
    co_return rows;
}

Statistics MemoryEngine::statistics() const
{
    std::lock_guard lock(m_mutex);
    return m_statistics;
}

// Commits

Task<Outcome<std::uint64_t>> MemoryEngine::commit(Batch batch)
{
    auto promise = hand_over(std::move(batch));
    auto result = co_await promise.wait();
    co_return result;
}

base::Promise<Outcome<std::uint64_t>> MemoryEngine::hand_over(Batch batch)
{
    base::Promise<Outcome<std::uint64_t>> promise;
    std::deque<Waiting> settled;
    {
        std::lock_guard lock(m_mutex);
        ++m_calls.commits;
        m_waiting.push_back({std::move(batch), promise, m_fail_commit.step(), 0});
        if (!m_hold)
            settled = settle_locked();
    }
    for (Waiting& waiting : settled)
        waiting.done.set(std::move(waiting.result));
    return promise;
}

/// Applies every waiting batch; the caller completes them once the lock is gone.
std::deque<MemoryEngine::Waiting> MemoryEngine::settle_locked()
{
    auto settled = std::exchange(m_waiting, {});
    const std::uint64_t before = m_statistics.commits;
    for (Waiting& waiting : settled) {
        waiting.result = apply(waiting);
        if (waiting.result) {
            ++m_statistics.commits;
            m_statistics.bytes += waiting.batch.size();
        } else {
            ++m_statistics.failed;
        }
    }
    if (m_statistics.commits != before)
        ++m_statistics.syncs;
    return settled;
}

Outcome<std::uint64_t> MemoryEngine::apply(const Waiting& waiting)
{
    if (waiting.failing)
        return base::fail(*waiting.failing, "a commit that the test made fail");
    if (auto checked = check(waiting.batch); !checked)
        return std::unexpected(checked.error());
    if (auto checked = check_state(waiting.batch); !checked)
        return std::unexpected(checked.error());
    const std::uint64_t used = m_used;
    m_formers.clear();
    for (const Batch::Operation& operation : waiting.batch.operations())
        apply(waiting.batch, operation);
    if (m_used > m_capacity && m_used > used) {
        roll_back();
        return base::fail(Fault::full, "over the capacity that the test set");
    }
    return ++m_version;
}

Outcome<void> MemoryEngine::check_state(const Batch& batch) const
{
    for (const Batch::Expectation& expectation : batch.expectations()) {
        auto found = m_cells.find(expectation.key);
        auto held = found == m_cells.end() ? std::nullopt : std::optional(shown(found->second));
        if (held != expectation.value)
            return base::fail(Fault::conflict, "an expected value has changed");
    }
    for (const Batch::Operation& operation : batch.operations())
        if (operation.kind == Batch::Kind::ref_blob && operation.number > 0 &&
            !m_blobs.contains(operation.key) && !stores_blob(batch, operation.key))
            return std::unexpected(no_blob(*BlobId::from_bytes(operation.key)));
    return {};
}

void MemoryEngine::apply(const Batch& batch, const Batch::Operation& operation)
{
    switch (operation.kind) {
    case Batch::Kind::put: set_cell(operation.key, operation.value); break;
    case Batch::Kind::erase: set_cell(operation.key, std::nullopt); break;
    case Batch::Kind::erase_range: {
        auto at = m_cells.lower_bound(operation.key);
        while (at != m_cells.end() && (operation.value.empty() || at->first < operation.value))
            set_cell(std::string((at++)->first), std::nullopt);
        break;
    }
    case Batch::Kind::raise: count(operation, CellKind::highest); break;
    case Batch::Kind::add: count(operation, CellKind::sum); break;
    case Batch::Kind::put_blob:
    case Batch::Kind::ref_blob: {
        auto found = m_blobs.find(operation.key);
        Blob blob = found == m_blobs.end() ? Blob() : found->second;
        if (operation.content)
            blob.content = operation.content;
        if (!blob.content && !stores_blob(batch, operation.key))
            break; // dropping references to what is not there
        blob.references += operation.number;
        set_blob(operation.key, std::move(blob));
        break;
    }
    }
}

void MemoryEngine::count(const Batch::Operation& operation, CellKind kind)
{
    Counter counter{kind, 0};
    auto found = m_cells.find(operation.key);
    if (found != m_cells.end())
        if (const auto* held = std::get_if<Counter>(&found->second))
            counter = *held;
    counter.apply({kind, static_cast<std::uint64_t>(operation.number)});
    set_cell(operation.key, counter);
}

void MemoryEngine::set_cell(const std::string& key, std::optional<Cell> cell)
{
    Former former{key, std::nullopt, std::nullopt, false};
    auto found = m_cells.find(key);
    if (found != m_cells.end()) {
        m_used -= weight_of(key, found->second);
        former.cell = std::move(found->second);
        m_cells.erase(found);
    }
    if (cell) {
        m_used += weight_of(key, *cell);
        m_cells.insert_or_assign(key, std::move(*cell));
    }
    m_formers.push_back(std::move(former));
}

void MemoryEngine::set_blob(const std::string& id, std::optional<Blob> blob)
{
    Former former{id, std::nullopt, std::nullopt, true};
    auto found = m_blobs.find(id);
    if (found != m_blobs.end()) {
        m_used -= found->second.content ? found->second.content->size() : 0;
        former.blob = std::move(found->second);
        m_blobs.erase(found);
    }
    if (blob) {
        m_used += blob->content ? blob->content->size() : 0;
        m_blobs.insert_or_assign(id, std::move(*blob));
    }
    m_formers.push_back(std::move(former));
}

void MemoryEngine::roll_back()
{
    auto formers = std::exchange(m_formers, {});
    for (auto former = formers.rbegin(); former != formers.rend(); ++former) {
        if (former->is_blob)
            set_blob(former->key, std::move(former->blob));
        else
            set_cell(former->key, std::move(former->cell));
    }
    m_formers.clear();
}

Task<Outcome<std::size_t>> MemoryEngine::collect_blobs(std::size_t limit)
{
    std::lock_guard lock(m_mutex);
    ++m_calls.collects;
    std::size_t reclaimed = 0;
    for (auto at = m_blobs.begin(); at != m_blobs.end() && reclaimed < limit;) {
        if (at->second.references > 0) {
            ++at;
            continue;
        }
        m_used -= at->second.content->size();
        at = m_blobs.erase(at);
        ++reclaimed;
    }
    m_statistics.blobs_reclaimed += reclaimed;
    co_return reclaimed;
}

// Knobs

std::optional<base::Fault> MemoryEngine::Countdown::step()
{
    if (left == 0 || --left != 0)
        return std::nullopt;
    return fault;
}

void MemoryEngine::hold_syncs(bool hold)
{
    {
        std::lock_guard lock(m_mutex);
        m_hold = hold;
    }
    if (!hold)
        release_syncs();
}

void MemoryEngine::release_syncs()
{
    std::deque<Waiting> settled;
    {
        std::lock_guard lock(m_mutex);
        settled = settle_locked();
    }
    for (Waiting& waiting : settled)
        waiting.done.set(std::move(waiting.result));
}

std::size_t MemoryEngine::waiting() const
{
    std::lock_guard lock(m_mutex);
    return m_waiting.size();
}

void MemoryEngine::lose_unsynced()
{
    std::deque<Waiting> lost;
    {
        std::lock_guard lock(m_mutex);
        lost = std::exchange(m_waiting, {});
    }
    for (Waiting& waiting : lost)
        waiting.done.set(base::fail(Fault::closed, "lost in a simulated crash"));
}

std::unique_ptr<MemoryEngine> MemoryEngine::clone_durable() const
{
    auto copy = std::make_unique<MemoryEngine>();
    std::lock_guard lock(m_mutex);
    copy->m_cells = m_cells;
    copy->m_blobs = m_blobs;
    copy->m_used = m_used;
    copy->m_version = m_version;
    return copy;
}

void MemoryEngine::fail_commit_at(std::size_t n, Fault fault)
{
    std::lock_guard lock(m_mutex);
    m_fail_commit = {n, fault};
}

void MemoryEngine::fail_get_at(std::size_t n, Fault fault)
{
    std::lock_guard lock(m_mutex);
    m_fail_get = {n, fault};
}

void MemoryEngine::set_capacity(std::uint64_t bytes)
{
    std::lock_guard lock(m_mutex);
    m_capacity = bytes;
}

std::uint64_t MemoryEngine::used() const
{
    std::lock_guard lock(m_mutex);
    return m_used;
}

MemoryEngine::Calls MemoryEngine::calls() const
{
    std::lock_guard lock(m_mutex);
    return m_calls;
}

} // namespace mansio::storage
