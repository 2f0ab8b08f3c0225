#pragma once
#include "storage/rocks/database.h"

#include <shared_mutex>

namespace mansio::storage::rocks {

/// The store's folder: checks who wrote it, and holds the open database. After a failed write the committer
/// reopens it; readers wait that long.
class Store {
public:
    static Outcome<std::unique_ptr<Store>> open(const RocksOptions& options);

    /// Access for reading from any thread, for as long as this lives: keep it short, and over no co_await.
    class Reading {
    public:
        Reading(std::shared_mutex& mutex, std::unique_ptr<Database>& database)
            : m_lock(mutex)
            , m_database(database.get())
        {
        }
        explicit operator bool() const { return m_database != nullptr; }
        Database& operator*() const { return *m_database; }
        Database* operator->() const { return m_database; }

    private:
        std::shared_lock<std::shared_mutex> m_lock;
        Database* m_database;
    };
    /// False where the last reopening failed: try again later.
    Reading reading() { return {m_mutex, m_database}; }

    /// For the committer's thread, the only one that writes and reopens; there while writable() is.
    Database& database() { return *m_database; }
    bool writable() const { return m_writable; }
    /// After a failed write: nothing may be written until a reopening succeeds, and nothing later than
    /// `last_good`, the newest sequence number before it, is ever seen.
    void set_broken(std::uint64_t last_good);
    /// Free bytes that reopening takes: it writes out what the log holds.
    std::uint64_t reopening_bytes() const;
    /// Makes the store writable again; where that fails it stays readable, if possible.
    bool reopen();

private:
    explicit Store(RocksOptions options)
        : m_options(std::move(options))
    {
    }
    Outcome<void> check_schema();
    Outcome<void> write_schema();

    RocksOptions m_options;
    std::shared_mutex m_mutex; ///< shared: reading; alone: reopening
    std::unique_ptr<Database> m_database;
    bool m_writable = true;
    std::optional<std::uint64_t> m_last_good; ///< when it broke
    std::uint64_t m_buffered = 0;             ///< when it broke
};

} // namespace mansio::storage::rocks
