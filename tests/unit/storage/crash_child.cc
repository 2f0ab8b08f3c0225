#include "crash_child.h"

#include "storage/rocksdb_engine.h"
#include "store_kit.h"

#include <fmt/format.h>
#include <unistd.h>

namespace mansio::storage {

std::string crash_key(char side, std::uint32_t writer, std::uint32_t number)
{
    return fmt::format("{}/{:02}/{:08}", side, writer, number);
}

std::string crash_counter(std::uint32_t writer)
{
    return fmt::format("n/{:02}", writer);
}

std::string crash_blob(std::uint32_t writer, std::uint32_t number)
{
    return noise(10'000, writer * 1'000'000ULL + number);
}

namespace {

Batch make_batch(std::uint32_t writer, std::uint32_t number)
{
    Batch batch;
    batch.put(crash_key('a', writer, number), "left");
    batch.put(crash_key('b', writer, number), std::string(500, 'r'));
    batch.add(crash_counter(writer), 1);
    if (number % 4 == 0) {
        auto content = make_content(crash_blob(writer, number));
        batch.put_blob(BlobId::of(*content), content);
    }
    return batch;
}

base::Task<void> write_for_ever(Engine& engine, std::uint32_t writer)
{
    auto next = co_await engine.counter(crash_counter(writer));
    if (!next)
        _exit(3);
    for (auto number = static_cast<std::uint32_t>(*next);; ++number) {
        Batch batch = make_batch(writer, number);
        auto done = co_await engine.commit(std::move(batch));
        const Acknowledged row{writer, number};
        if (!done || ::write(STDOUT_FILENO, &row, sizeof row) != sizeof row)
            _exit(4);
    }
}

} // namespace

int run_crash_child(const std::string& folder)
{
    auto engine = open_rocksdb({.path = folder, .create = Create::if_missing});
    if (!engine) {
        fmt::print(stderr, "{}\n", engine.error().cause);
        return 2;
    }
    LoopThread loop;
    for (std::uint32_t writer = 0; writer < crash_writers; ++writer)
        base::spawn(loop, write_for_ever(**engine, writer), "crash child");
    for (;;)
        pause();
}

} // namespace mansio::storage
