#pragma once
#include "control.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <sys/types.h>
#include <vector>

namespace layer {

/// A change to a file's bytes that no sync has covered yet, with what it takes to undo it.
struct Pending {
    off_t offset = 0;
    std::size_t size = 0; ///< bytes written
    std::string before;   ///< what stood there; shorter than `size` where the file grew
    off_t size_after = 0;
    bool lost = false; ///< a sync that failed has dropped it: later syncs do not bring it back
};

/// One file, whatever its names.
struct File {
    std::uint64_t id = 0;
    std::string path; ///< where its bytes are now: a name of it, or its place among the removed
    off_t size = 0;
    off_t synced_size = 0;
    std::vector<Pending> pending;
    FileKind kind = FileKind::other;
};
using FilePtr = std::shared_ptr<File>;

/// A change of names that no sync has covered yet. create and link: `to`; remove: `from`; rename: both.
struct NameChange {
    FilePtr file;
    std::string from;
    std::string to;
};

/// What is in the page cache and what is on the disk, for one directory tree. The real files always show the
/// page cache; this keeps what it takes to undo the rest. Names of directories are durable at once.
class Disk {
public:
    explicit Disk(std::string root);

    std::mutex& mutex() { return m_mutex; }
    const std::string& root() const { return m_root; }
    /// The absolute path if it lies below the root, else "".
    std::string inside(int directory, const char* path) const;

    // All with the mutex held. An fd is known from opened() to closed().

    void opened(int fd, const std::string& path, bool created, off_t truncated_size, std::string truncated);
    void closed(int fd);
    FilePtr file_of(int fd) const;
    /// The path of an open directory, or "".
    std::string directory_of(int fd) const;

    /// Before bytes at an offset change; returns what has to be remembered.
    static std::string bytes_of(int fd, off_t offset, std::size_t size);
    void written(File& file, off_t offset, std::size_t size, std::string before);
    void truncated(File& file, off_t new_size, std::string before);
    /// All that was pending before `upto` is durable now.
    void synced(File& file, std::size_t upto);
    void sync_failed(File& file);
    void synced_directory(const std::string& directory);
    void synced_names();

    /// Call before the real one: keeps the file that loses its name.
    void keep(const std::string& path);
    void removed(const std::string& path);
    void renamed(const std::string& from, const std::string& to);
    void linked(const std::string& from, const std::string& to);

    // For the power cut.
    const std::vector<NameChange>& name_changes() const { return m_changes; }
    const std::map<std::string, FilePtr>& durable_names() const { return m_durable; }
    std::vector<FilePtr> files() const;
    const std::string& removed_folder() const { return m_removed; }

private:
    FilePtr named(const std::string& path);
    void record(NameChange change);
    void note_durable(const std::string& path, const FilePtr& file);
    void apply_durable(const NameChange& change);
    void forget_settled();

    std::string m_root;
    std::string m_removed; ///< folder beside the root that holds files whose names are gone
    std::mutex m_mutex;
    std::uint64_t m_last_id = 0;
    std::map<std::string, FilePtr> m_names; ///< as the process sees them, where known
    std::map<int, FilePtr> m_open;
    std::map<int, std::string> m_open_directories;
    std::vector<NameChange> m_changes;
    std::map<std::string, FilePtr> m_durable; ///< of every name in m_changes: the file on the disk, or null
    std::map<std::uint64_t, std::weak_ptr<File>> m_files;
};

FileKind kind_of(const std::string& path);

} // namespace layer
