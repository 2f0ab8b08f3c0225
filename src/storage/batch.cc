#include "storage/batch_rules.h"
#include "storage/engine.h"

#include <fmt/format.h>

namespace mansio::storage {

void Batch::put(std::string key, std::string value)
{
    m_size += key.size() + value.size();
    m_operations.push_back({Kind::put, std::move(key), std::move(value), 0, nullptr});
}

void Batch::erase(std::string key)
{
    m_size += key.size();
    m_operations.push_back({Kind::erase, std::move(key), {}, 0, nullptr});
}

void Batch::erase_range(std::string first, std::string end)
{
    m_size += first.size() + end.size();
    m_operations.push_back({Kind::erase_range, std::move(first), std::move(end), 0, nullptr});
}

void Batch::raise(std::string key, std::uint64_t value)
{
    m_size += key.size() + sizeof value;
    m_operations.push_back({Kind::raise, std::move(key), {}, static_cast<std::int64_t>(value), nullptr});
}

void Batch::add(std::string key, std::int64_t delta)
{
    m_size += key.size() + sizeof delta;
    m_operations.push_back({Kind::add, std::move(key), {}, delta, nullptr});
}

void Batch::put_blob(BlobId id, Content content)
{
    m_size += id.bytes.size() + (content ? content->size() : 0);
    m_operations.push_back({Kind::put_blob, std::string(id.view()), {}, 1, std::move(content)});
}

void Batch::ref_blob(BlobId id, std::int64_t delta)
{
    m_size += id.bytes.size() + sizeof delta;
    m_operations.push_back({Kind::ref_blob, std::string(id.view()), {}, delta, nullptr});
}

void Batch::expect(std::string key, std::optional<std::string> value)
{
    m_expectations.push_back({std::move(key), std::move(value)});
}

void Batch::append(Batch&& other)
{
    if (other.m_durable == Durable::now)
        m_durable = Durable::now;
    m_operations.insert(m_operations.end(), std::make_move_iterator(other.m_operations.begin()),
                        std::make_move_iterator(other.m_operations.end()));
    m_expectations.insert(m_expectations.end(), std::make_move_iterator(other.m_expectations.begin()),
                          std::make_move_iterator(other.m_expectations.end()));
    m_size += other.m_size;
    other = Batch();
}

Range Range::prefix(std::string_view prefix)
{
    std::string end(prefix);
    while (!end.empty() && end.back() == '\xff')
        end.pop_back();
    if (!end.empty())
        end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return {std::string(prefix), std::move(end)};
}

Task<Outcome<std::vector<Item>>> scan_all(Engine& engine, Range range)
{
    std::vector<Item> all;
    for (;;) {
        auto page = co_await engine.scan(range);
        if (!page)
            co_return std::unexpected(page.error());
        all.insert(all.end(), std::make_move_iterator(page->items.begin()),
                   std::make_move_iterator(page->items.end()));
        if (page->next.empty())
            co_return all;
        range.first = std::move(page->next);
    }
}

namespace {

Outcome<void> check_key(std::string_view key)
{
    if (key.empty() || static_cast<unsigned char>(key[0]) < first_key_byte)
        return base::fail(Fault::invalid, "a key must begin with its room's letter");
    if (key.size() > max_key_size)
        return base::fail(Fault::too_large, fmt::format("a key of {} bytes", key.size()));
    return {};
}

Outcome<void> check_operation(const Batch::Operation& operation)
{
    using Kind = Batch::Kind;
    if (operation.kind == Kind::put_blob || operation.kind == Kind::ref_blob) {
        if (operation.kind == Kind::put_blob && !operation.content)
            return base::fail(Fault::invalid, "put_blob without content");
        return {};
    }
    if (operation.value.size() > max_value_size)
        return base::fail(Fault::too_large, fmt::format("a value of {} bytes", operation.value.size()));
    return check_key(operation.key);
}

} // namespace

Outcome<void> check(const Batch& batch)
{
    for (const Batch::Operation& operation : batch.operations())
        if (auto checked = check_operation(operation); !checked)
            return checked;
    for (const Batch::Expectation& expectation : batch.expectations())
        if (auto checked = check_key(expectation.key); !checked)
            return checked;
    return {};
}

bool stores_blob(const Batch& batch, std::string_view id)
{
    for (const Batch::Operation& operation : batch.operations())
        if (operation.kind == Batch::Kind::put_blob && operation.key == id)
            return true;
    return false;
}

Weight weigh(const Batch& batch)
{
    using Kind = Batch::Kind;
    std::size_t erasing = 0;
    std::size_t written = 0;
    for (const Batch::Operation& operation : batch.operations()) {
        if (operation.kind == Kind::put_blob)
            return Weight::growing;
        if (operation.kind == Kind::put)
            written += operation.key.size() + operation.value.size();
        else if (operation.kind == Kind::erase || operation.kind == Kind::erase_range ||
                 (operation.kind == Kind::ref_blob && operation.number < 0))
            ++erasing;
    }
    if (written > max_small_batch + erasing * small_per_erase)
        return Weight::growing;
    return erasing > 0 ? Weight::freeing : Weight::small;
}

} // namespace mansio::storage
