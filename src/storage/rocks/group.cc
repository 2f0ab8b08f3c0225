#include "storage/rocks/group.h"

#include "storage/rocks/layout.h"

#include <array>
#include <new>

namespace mansio::storage::rocks {

using Kind = Batch::Kind;

Outcome<Group::Verdict> Group::add(const Batch& batch)
{
    if (auto checked = check(batch); !checked)
        return std::unexpected(checked.error());
    if (auto checked = check_room(batch); !checked)
        return std::unexpected(checked.error());
    for (const Batch::Expectation& expectation : batch.expectations()) {
        auto verdict = check_expectation(expectation);
        if (!verdict || *verdict == Verdict::later)
            return verdict;
    }
    m_stored_now.clear();
    for (const Batch::Operation& operation : batch.operations())
        if (operation.kind == Kind::put_blob)
            m_stored_now.insert(operation.key);
    m_write.SetSavePoint();
    if (auto joined = join_all(batch); !joined) {
        m_write.RollbackToSavePoint();
        return std::unexpected(joined.error());
    }
    m_write.PopSavePoint();
    if (batch.durable() == Durable::now)
        m_durable = Durable::now;
    remember(batch);
    return Verdict::joined;
}

std::size_t Group::bytes_of(const Batch& batch)
{
    constexpr std::size_t most_around = 64; // tag, family, lengths, and what the store adds to keys
    std::size_t entries = 0;
    for (const Batch::Operation& operation : batch.operations())
        entries += operation.content ? operation.content->size() / chunk_size + 3 : 2;
    return batch.size() + entries * most_around;
}

/// A large message may need more memory than there is: that is its own trouble, not the process's.
Outcome<void> Group::join_all(const Batch& batch)
{
    try {
        for (const Batch::Operation& operation : batch.operations())
            if (auto joined = join(operation); !joined)
                return joined;
    } catch (const std::bad_alloc&) {
        return base::fail(Fault::temporary, "no memory for a commit");
    }
    return {};
}

Outcome<void> Group::check_room(const Batch& batch) const
{
    if (m_room == Room::plenty)
        return {};
    const Weight weight = weigh(batch);
    if (weight == Weight::freeing || (weight == Weight::small && m_room == Room::scarce))
        return {};
    return base::fail(Fault::full, "the store's disk is nearly full");
}

Outcome<Group::Verdict> Group::check_expectation(const Batch::Expectation& expectation)
{
    for (const Batch::Operation* range : m_erased_ranges)
        if (expectation.key >= range->key && (range->value.empty() || expectation.key < range->value))
            return Verdict::later;
    std::optional<std::string> held;
    if (auto planned = m_planned.find(expectation.key); planned != m_planned.end()) {
        const Batch::Operation* last = planned->second.last;
        if (last->kind != Kind::put && last->kind != Kind::erase)
            return Verdict::later;
        if (last->kind == Kind::put)
            held = last->value;
    } else {
        auto cell = m_database.read(m_database.keys(), expectation.key);
        if (!cell)
            return std::unexpected(cell.error());
        if (*cell)
            held = decode_shown(**cell);
    }
    if (held != expectation.value)
        return base::fail(Fault::conflict, "an expected value has changed");
    return Verdict::joined;
}

/// So that expectations of later batches see this one.
void Group::remember(const Batch& batch)
{
    m_stored.insert(m_stored_now.begin(), m_stored_now.end());
    for (const Batch::Operation& operation : batch.operations()) {
        if (operation.kind == Kind::erase_range)
            m_erased_ranges.push_back(&operation);
        else if (operation.kind != Kind::put_blob && operation.kind != Kind::ref_blob)
            m_planned.insert_or_assign(operation.key, Planned{&operation});
    }
}

Outcome<void> Group::join(const Batch::Operation& operation)
{
    switch (operation.kind) {
    case Kind::put: put(operation); break;
    case Kind::erase: m_write.Delete(m_database.keys(), operation.key); break;
    case Kind::erase_range: erase_range(operation); break;
    case Kind::raise: step(operation, CellKind::highest); break;
    case Kind::add: step(operation, CellKind::sum); break;
    case Kind::put_blob: put_blob(operation); break;
    case Kind::ref_blob: return ref_blob(operation);
    }
    return {};
}

void Group::put(const Batch::Operation& operation)
{
    const char tag = static_cast<char>(CellKind::value);
    const rocksdb::Slice key = operation.key;
    const std::array<rocksdb::Slice, 2> cell{rocksdb::Slice(&tag, 1), operation.value};
    m_write.Put(m_database.keys(), rocksdb::SliceParts(&key, 1), rocksdb::SliceParts(cell.data(), 2));
}

void Group::erase_range(const Batch::Operation& operation)
{
    static const std::string behind_all(max_key_size + 1, '\xff');
    const std::string& end = operation.value.empty() ? behind_all : operation.value;
    if (operation.key < end)
        m_write.DeleteRange(m_database.keys(), operation.key, end);
}

void Group::step(const Batch::Operation& operation, CellKind kind)
{
    const auto bits = static_cast<std::uint64_t>(operation.number);
    m_write.Merge(m_database.keys(), operation.key, encode(Counter{kind, bits}));
}

/// Always writes the content, even where it is there already: that heals it.
void Group::put_blob(const Batch::Operation& operation)
{
    const std::string_view content = *operation.content;
    const BlobMeta meta{content.size()};
    for (std::uint64_t number = 0; number < meta.chunks(); ++number)
        m_write.Put(m_database.blobs(), chunk_key(operation.key, number),
                    slice(content.substr(number * chunk_size, chunk_size)));
    m_write.Put(m_database.blobs(), blob_key(BlobKey::meta, operation.key), meta.encode());
    m_write.Merge(m_database.blobs(), blob_key(BlobKey::references, operation.key),
                  encode(Counter{CellKind::sum, 1}));
}

Outcome<void> Group::ref_blob(const Batch::Operation& operation)
{
    auto stored = has_blob(operation.key);
    if (!stored)
        return std::unexpected(stored.error());
    if (!*stored && operation.number > 0)
        return base::fail(Fault::not_found, "no blob " + BlobId::from_bytes(operation.key)->hex());
    if (!*stored)
        return {};
    const auto bits = static_cast<std::uint64_t>(operation.number);
    m_write.Merge(m_database.blobs(), blob_key(BlobKey::references, operation.key),
                  encode(Counter{CellKind::sum, bits}));
    if (operation.number < 0)
        m_write.Put(m_database.blobs(), blob_key(BlobKey::candidate, operation.key), "");
    return {};
}

Outcome<bool> Group::has_blob(std::string_view id)
{
    if (m_stored.contains(id) || m_stored_now.contains(id))
        return true;
    auto meta = m_database.read(m_database.blobs(), blob_key(BlobKey::meta, id));
    if (!meta)
        return std::unexpected(meta.error());
    return meta->has_value();
}

} // namespace mansio::storage::rocks
