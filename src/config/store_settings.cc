#include "config/store_settings.h"

#include "config/setting.h"

namespace mansio::config {
namespace {

using namespace std::chrono_literals;
using S = StoreSettings;

constexpr std::string_view engines[] = {"rocksdb", "memory"};
constexpr std::string_view compressions[] = {"none", "lz4", "zstd"};

constexpr Row rows[] = {
    choice<&S::engine>(
        "engine", engines, Reload::restart,
        "rocksdb keeps mail on this machine's disk. memory forgets everything at the end: tests "
        "only."),
    path<&S::path>("path", Reload::restart, "The store's folder. Empty: \"store\" in the data directory."),
    size<&S::cache>("cache", {1 << 20, 1ULL << 40}, Reload::restart,
                    "Bytes of the store kept in memory. The system caches the files too: little is enough."),
    size<&S::write_buffer>(
        "write-buffer", {1 << 20, 1ULL << 30}, Reload::restart,
        "Bytes written before a new file is made of them. Larger: fewer files, more memory, a "
        "longer start after a crash."),
    size<&S::max_group>(
        "max-group", {64 * 1024, 64 << 20}, Reload::restart,
        "Bytes of waiting commits that one synced write takes along. Large: the cost of a sync is "
        "shared by many messages."),
    choice<&S::compression>(
        "compression", compressions, Reload::restart,
        "Of messages on disk. none: reading one is a copy. lz4: about three quarters of the space, "
        "half as much work again to read. zstd: two thirds, three times the work."),
    size<&S::free_space>("free-space", {0, 1ULL << 40}, Reload::restart,
                         "Free bytes on the disk under which mail is answered 452. Deleting still works."),
    duration<&S::collect_interval>("collect-interval", {1s, 24h}, Reload::restart,
                                   "How often the bytes of deleted messages are reclaimed."),
    number<&S::max_open_files>(
        "max-open-files", {64, 1'000'000}, Reload::restart,
        "Store files open at one time. The rest of the descriptors are for connections."),
};

} // namespace

std::span<const Row> store_rows()
{
    return rows;
}

} // namespace mansio::config
