#include "storage/rocks/store.h"

#include "base/bytes.h"
#include "base/log.h"
#include "storage/batch_rules.h"
#include "storage/rocks/layout.h"
#include "storage/rocks/options.h"

#include <filesystem>
#include <fmt/format.h>
#include <rocksdb/write_batch.h>

namespace mansio::storage::rocks {

namespace {

constexpr std::uint64_t resume_margin = 2 << 20; // for the new log and what the buffers grow by on disk

Fault fault_of(const rocksdb::Status& status)
{
    if (status.IsNotFound())
        return Fault::not_found;
    if (status.IsCorruption())
        return Fault::corrupt;
    if (status.IsNoSpace())
        return Fault::full;
    return Fault::temporary;
}

Failure open_failure(const rocksdb::Status& status, const std::string& path)
{
    const std::string text = status.ToString();
    Failure failed = failure(status, "opening the store at " + path);
    if (status.IsIOError() && text.contains("lock"))
        failed.fault = Fault::conflict;
    else if (status.IsInvalidArgument())
        failed.fault = Fault::refused; // column families or a merge operator that this version doesn't know
    return failed;
}

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

Failure failure(const rocksdb::Status& status, std::string_view doing)
{
    return {fault_of(status), fmt::format("{}: {}", doing, status.ToString())};
}

Outcome<std::unique_ptr<Store>> Store::open(const RocksOptions& options)
{
    auto existed = prepare_folder(options);
    if (!existed)
        return std::unexpected(existed.error());
    std::unique_ptr<Store> store(new Store);
    rocksdb::DB* db = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    auto status =
        rocksdb::DB::Open(database_options(options), options.path, family_options(options), &handles, &db);
    if (!status.ok())
        return std::unexpected(open_failure(status, options.path));
    store->m_db.reset(db);
    store->m_keys = handles.at(0);
    store->m_blobs = handles.at(1);
    if (auto checked = store->check_schema(options.create); !checked)
        return base::fail(checked.error(), "the store at " + options.path);
    return store;
}

Store::~Store()
{
    for (auto* family : {m_keys, m_blobs})
        if (family)
            m_db->DestroyColumnFamilyHandle(family);
}

Outcome<std::optional<std::string>> Store::read(rocksdb::ColumnFamilyHandle* family, std::string_view key)
{
    std::string value;
    auto status = m_db->Get(rocksdb::ReadOptions(), family, slice(key), &value);
    if (status.IsNotFound())
        return std::nullopt;
    if (!status.ok())
        return std::unexpected(failure(status, "reading a key"));
    return value;
}

std::uint64_t Store::sum_of(const std::string& property)
{
    std::uint64_t sum = 0;
    for (auto* family : {m_keys, m_blobs}) {
        std::uint64_t value = 0;
        m_db->GetIntProperty(family, property, &value);
        sum += value;
    }
    return sum;
}

rocksdb::Status Store::prepare_write()
{
    rocksdb::WriteOptions unlogged;
    unlogged.disableWAL = true;
    return m_db->Put(unlogged, m_keys, slice(pulse_key), value_cell({}));
}

bool Store::resume(std::uint64_t free_bytes)
{
    using Properties = rocksdb::DB::Properties;
    if (free_bytes < sum_of(Properties::kCurSizeAllMemTables) + resume_margin)
        return false;
    if (m_errors->log_broken && sum_of(Properties::kNumEntriesActiveMemTable) == 0) {
        base::log(base::Level::error, "store", "cannot resume, a restart is needed");
        return false;
    }
    auto status = m_db->Resume();
    base::log(base::Level::warning, "store", status.ok() ? "resumed" : "resume failed",
              {{"status", status.ToString()}, {"free", fmt::to_string(free_bytes)}});
    if (status.ok())
        m_errors->log_broken = false;
    return status.ok();
}

void ErrorListener::OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status)
{
    if (reason == rocksdb::BackgroundErrorReason::kWriteCallback)
        log_broken = true;
    base::log(base::Level::error, "store", "the database stopped",
              {{"reason", fmt::to_string(static_cast<int>(reason))}, {"status", status->ToString()}});
}

void ErrorListener::OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic)
{
    *automatic = false;
}

Outcome<void> Store::check_schema(Create create)
{
    auto cell = read(m_keys, schema_key);
    if (!cell)
        return std::unexpected(cell.error());
    if (!*cell) {
        std::unique_ptr<rocksdb::Iterator> any(m_db->NewIterator(rocksdb::ReadOptions(), m_keys));
        any->SeekToFirst();
        if (create == Create::if_missing && !any->Valid() && any->status().ok())
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
    batch.Put(m_keys, slice(uuid_key), value_cell(make_uuid()));
    batch.Put(m_keys, slice(schema_key), value_cell(schema_version));
    rocksdb::WriteOptions synced;
    synced.sync = true;
    auto status = m_db->Write(synced, &batch);
    if (!status.ok())
        return std::unexpected(failure(status, "writing the schema record"));
    return {};
}

} // namespace mansio::storage::rocks
