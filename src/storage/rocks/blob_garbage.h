#pragma once
#include "storage/rocks/database.h"

#include <atomic>
#include <thread>

namespace mansio::storage::rocks {

/// Gets the room of deleted messages back from blob files, without rewriting all the time what lives.
///
/// The database can move what lives out of old blob files whenever it merges keys. But blob keys are hashes,
/// so each merge meets all of them: with that switched on, every 64 MiB of new mail had half the store
/// rewritten. Here it happens only when there is enough garbage to be worth it: in passes over the oldest
/// files, each of bounded size, on a thread of its own. Garbage counts once a merge has met the deletion:
/// after many deletions one is asked for.
///
/// The committer's thread only; one for each open Database, stopped before that closes.
class BlobGarbage {
public:
    ~BlobGarbage() { stop(); }

    /// Called now and then, with how many bytes of blobs were deleted since the last call and how many bytes
    /// the disk has free.
    void tend(Database& database, std::uint64_t deleted_bytes, std::uint64_t free_bytes);
    /// True from the first pass until there is little garbage left: call tend() again soon.
    bool is_moving() const { return m_moving; }
    /// Gives up a pass under way, and waits for its end. A next tend() starts afresh.
    void stop();

private:
    void settle(Database& database, std::uint64_t live_bytes);
    void start_pass(Database& database, double share);

    std::uint64_t m_unsettled = 0; ///< deleted, but perhaps not met by a merge yet
    bool m_moving = false;
    std::thread m_pass;
    std::atomic<bool> m_running = false;
    std::atomic<bool> m_cancel = false;
};

} // namespace mansio::storage::rocks
