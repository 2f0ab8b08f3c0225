#include "crash_child.h"
#include "storage/rocksdb_engine.h"
#include "store_kit.h"

#include <array>
#include <gtest/gtest.h>
#include <poll.h>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

namespace mansio::storage {
namespace {

using Counts = std::array<std::uint32_t, crash_writers>; ///< acknowledged commits of each writer

/// A child that commits and says which commits were acknowledged.
class Child {
public:
    explicit Child(const std::string& folder)
    {
        int ends[2];
        if (pipe(ends) != 0)
            std::abort();
        m_pid = fork();
        if (m_pid == 0) {
            dup2(ends[1], STDOUT_FILENO);
            close(ends[0]);
            close(ends[1]);
            execl("/proc/self/exe", "test_storage", "--crash-child", folder.c_str(), nullptr);
            _exit(127);
        }
        close(ends[1]);
        m_reports = ends[0];
    }
    ~Child() { close(m_reports); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Reads reports until there are `enough`; false when the child ended or kept silent before.
    bool read_until(std::size_t enough, Counts& counts)
    {
        for (std::size_t got = 0; got < enough; ++got) {
            pollfd ready{m_reports, POLLIN, 0};
            if (poll(&ready, 1, 20'000) != 1 || !read_one(counts))
                return false;
        }
        return true;
    }

    void kill_and_read_the_rest(Counts& counts)
    {
        kill(m_pid, SIGKILL);
        while (read_one(counts)) {
        }
        waitpid(m_pid, nullptr, 0);
    }

private:
    bool read_one(Counts& counts)
    {
        Acknowledged row{};
        if (read(m_reports, &row, sizeof row) != sizeof row)
            return false;
        counts.at(row.writer) = row.number + 1;
        return true;
    }

    pid_t m_pid = -1;
    int m_reports = -1;
};

class AfterACrash : public testing::Test {
protected:
    template <class T>
    T run(base::Task<T> task)
    {
        return base::sync_wait(loop, std::move(task));
    }

    /// Every acknowledged commit is there, and each commit is there as a whole or not at all.
    void check_writer(Engine& engine, std::uint32_t writer, std::uint32_t acknowledged)
    {
        const auto stored = static_cast<std::uint32_t>(run(engine.counter(crash_counter(writer))).value());
        ASSERT_GE(stored, acknowledged);
        for (const char side : {'a', 'b'}) {
            auto items = run(scan_all(engine, Range::prefix(crash_key(side, writer, 0).substr(0, 5))));
            ASSERT_TRUE(items) << items.error().cause;
            ASSERT_EQ(items->size(), stored);
            for (std::uint32_t number = 0; number < stored; ++number)
                ASSERT_EQ(items->at(number).key, crash_key(side, writer, number));
        }
        const std::uint32_t last_blob = stored == 0 ? 0 : (stored - 1) / 4 * 4;
        const std::string content = crash_blob(writer, last_blob);
        auto read = run(engine.read_blob(BlobId::of(content)));
        ASSERT_EQ(read.has_value(), stored > 0);
        ASSERT_TRUE(!read || *read == content);
    }

    void check_blobs(Engine& engine)
    {
        std::size_t wanted = 0;
        for (std::uint32_t writer = 0; writer < crash_writers; ++writer)
            wanted += (run(engine.counter(crash_counter(writer))).value() + 3) / 4;
        auto rows = run(engine.list_blobs());
        ASSERT_TRUE(rows) << rows.error().cause;
        EXPECT_EQ(rows->size(), wanted);
        for (const auto& row : *rows)
            EXPECT_EQ(row.references, 1);
    }

    TempFolder folder;
    LoopThread loop;
};

TEST_F(AfterACrash, EveryAcknowledgedCommitIsThere)
{
    std::mt19937 random(testing::UnitTest::GetInstance()->random_seed());
    Counts counts{};
    for (int round = 0; round < 20; ++round) {
        Child child(folder.path());
        const bool reported = child.read_until(100 + random() % 400, counts);
        child.kill_and_read_the_rest(counts);
        ASSERT_TRUE(reported) << "round " << round;

        auto engine = open_rocksdb({.path = folder.path()});
        ASSERT_TRUE(engine) << engine.error().cause;
        for (std::uint32_t writer = 0; writer < crash_writers; ++writer)
            ASSERT_NO_FATAL_FAILURE(check_writer(**engine, writer, counts[writer])) << "round " << round;
        ASSERT_NO_FATAL_FAILURE(check_blobs(**engine));
    }
}

} // namespace
} // namespace mansio::storage
