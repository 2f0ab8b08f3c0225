#include "storage/rocks/database.h"

#include "base/log.h"
#include "storage/rocks/crc32c.h"
#include "storage/rocks/options.h"

#include <fmt/format.h>
#include <rocksdb/listener.h>

namespace mansio::storage::rocks {

namespace {

using base::Failure;
using base::Fault;

/// Forbids the database to recover by itself from a full disk. Its recovery (7.8.3) goes on with the log
/// whose end is broken where all buffers happen to be empty, which Debian's build answers with an abort, and
/// it can wait for ever for a flush that is not scheduled; Resume() does the same. The store reopens instead.
class NoRecovery final : public rocksdb::EventListener {
public:
    void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override
    {
        base::log(base::Level::error, "store", "the database reports an error",
                  {{"reason", fmt::to_string(static_cast<int>(reason))}, {"status", status->ToString()}});
    }
    void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override
    {
        *automatic = false;
    }
};

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
    Failure failed = failure(status, "opening the store at " + path);
    if (status.IsIOError() && failed.cause.contains("lock"))
        failed.fault = Fault::conflict;
    else if (status.IsInvalidArgument())
        failed.fault = Fault::refused; // column families or a merge operator that this version doesn't know
    return failed;
}

} // namespace

Failure failure(const rocksdb::Status& status, std::string_view doing)
{
    return {fault_of(status), fmt::format("{}: {}", doing, status.ToString())};
}

Outcome<std::unique_ptr<Database>> Database::open(const RocksOptions& options, Mode mode,
                                                  std::optional<std::uint64_t> last_good)
{
    auto settings = database_options(options);
    settings.listeners.push_back(std::make_shared<NoRecovery>());
    const auto families = family_options(options);
    std::unique_ptr<Database> database(new Database);
    database->m_files = database_files(options);
    settings.env = database->m_files.get();
    if (last_good)
        settings.wal_filter = &database->m_tail_filter.emplace(*last_good);
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    auto status = mode == Mode::write
                      ? rocksdb::DB::Open(settings, options.path, families, &handles, &db)
                      : rocksdb::DB::OpenForReadOnly(settings, options.path, families, &handles, &db);
    if (!status.ok())
        return std::unexpected(open_failure(status, options.path));
    base::log(base::Level::debug, "store", "opened",
              {{"crc32c", has_crc32c_instruction() ? "by instruction" : "by table"}});
    database->m_db.reset(db);
    database->m_keys = handles.at(0);
    database->m_blobs = handles.at(1);
    return database;
}

Database::~Database()
{
    for (auto* family : {m_keys, m_blobs})
        if (family)
            m_db->DestroyColumnFamilyHandle(family);
}

Outcome<std::optional<std::string>> Database::read(rocksdb::ColumnFamilyHandle* family, std::string_view key)
{
    std::string value;
    auto status = m_db->Get(rocksdb::ReadOptions(), family, slice(key), &value);
    if (status.IsNotFound())
        return std::nullopt;
    if (!status.ok())
        return std::unexpected(failure(status, "reading a key"));
    return value;
}

std::uint64_t Database::buffered_bytes()
{
    std::uint64_t sum = 0;
    for (auto* family : {m_keys, m_blobs}) {
        std::uint64_t bytes = 0;
        m_db->GetIntProperty(family, rocksdb::DB::Properties::kCurSizeAllMemTables, &bytes);
        sum += bytes;
    }
    return sum;
}

} // namespace mansio::storage::rocks
