#include "storage/rocks/store.h"

#include "base/bytes.h"
#include "base/log.h"
#include "storage/batch_rules.h"
#include "storage/rocks/layout.h"

#include <filesystem>
#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/write_batch.h>

namespace mansio::storage::rocks {

namespace {

constexpr std::uint64_t reopen_margin = 2 << 20; // a new log, a new manifest, what files have on top

Outcome<bool> prepare_folder(const RocksOptions& options)
{
    namespace fs = std::filesystem;
    std::error_code error;
    if (fs::exists(fs::path(options.path) / "CURRENT", error))
        return true;
    if (options.create == Create::no)
        return base::fail(Fault::not_found, "there is no store at " + options.path);
    if (fs::create_directories(options.path, error))
        fs::permissions(options.path, fs::perms::owner_all, error);
    if (error)
        return base::fail(Fault::temporary, fmt::format("creating {}: {}", options.path, error.message()));
    return false;
}

std::string make_uuid()
{
    std::string bytes = base::random_bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    const std::string hex = base::hex(bytes);
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

std::string value_cell(std::string_view value)
{
    return base::Writer().u8(static_cast<std::uint8_t>(CellKind::value)).raw(value).take();
}

} // namespace

Outcome<std::unique_ptr<Store>> Store::open(const RocksOptions& options)
{
    auto existed = prepare_folder(options);
    if (!existed)
        return std::unexpected(existed.error());
    auto database = Database::open(options, Database::Mode::write);
    if (!database)
        return std::unexpected(database.error());
    std::unique_ptr<Store> store(new Store(options));
    store->m_database = std::move(*database);
    if (auto checked = store->check_schema(); !checked)
        return base::fail(checked.error(), "the store at " + options.path);
    return store;
}

void Store::set_broken(std::uint64_t last_good)
{
    m_buffered = m_database->buffered_bytes();
    m_last_good = last_good;
    m_writable = false;
}

std::uint64_t Store::reopening_bytes() const
{
    return m_buffered + reopen_margin;
}

bool Store::reopen()
{
    // After an error its threads sleep for a second (7.8.3). Reading goes on while they end.
    if (m_database)
        rocksdb::CancelAllBackgroundWork(&m_database->db(), true);
    std::unique_lock lock(m_mutex);
    m_database.reset();
    auto opened = Database::open(m_options, Database::Mode::write, m_last_good);
    m_writable = opened.has_value();
    base::log(m_writable ? base::Level::warning : base::Level::error, "store", "reopened after an error",
              {{"result", opened ? "writable" : opened.error().cause}});
    if (!opened)
        opened = Database::open(m_options, Database::Mode::read_only, m_last_good);
    if (opened)
        m_database = std::move(*opened);
    return m_writable;
}

Outcome<void> Store::check_schema()
{
    Database& database = *m_database;
    auto cell = database.read(database.keys(), schema_key);
    if (!cell)
        return std::unexpected(cell.error());
    if (!*cell) {
        std::unique_ptr<rocksdb::Iterator> any(
            database.db().NewIterator(rocksdb::ReadOptions(), database.keys()));
        any->SeekToFirst();
        if (m_options.create == Create::if_missing && !any->Valid() && any->status().ok())
            return write_schema();
        return base::fail(Fault::corrupt, "it has no schema record");
    }
    auto version = decode_shown(**cell);
    if (!version)
        return base::fail(Fault::corrupt, "its schema record is broken");
    if (*version != schema_version)
        return base::fail(Fault::refused, fmt::format("it has schema version {}; this program knows {}",
                                                      *version, schema_version));
    return {};
}

Outcome<void> Store::write_schema()
{
    rocksdb::WriteBatch batch;
    auto* keys = m_database->keys();
    batch.Put(keys, slice(uuid_key), value_cell(make_uuid()));
    batch.Put(keys, slice(schema_key), value_cell(schema_version));
    rocksdb::WriteOptions synced;
    synced.sync = true;
    auto status = m_database->db().Write(synced, &batch);
    if (!status.ok())
        return std::unexpected(failure(status, "writing the schema record"));
    return {};
}

} // namespace mansio::storage::rocks
