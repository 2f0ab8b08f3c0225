#include "disk.h"

#include "moment.h"
#include "real.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace layer {
namespace {

std::string folder_of(const std::string& path)
{
    return path.substr(0, path.rfind('/'));
}

void empty_folder(const std::string& folder)
{
    mkdir(folder.c_str(), 0700);
    DIR* listing = opendir(folder.c_str());
    if (listing == nullptr)
        return;
    while (const dirent* entry = readdir(listing))
        if (entry->d_name[0] != '.')
            real().unlink((folder + "/" + entry->d_name).c_str());
    closedir(listing);
}

bool ends_with(const std::string& text, const char* end)
{
    const std::size_t size = strlen(end);
    return text.size() >= size && text.compare(text.size() - size, size, end) == 0;
}

} // namespace

FileKind kind_of(const std::string& path)
{
    const std::string name = path.substr(path.rfind('/') + 1);
    if (ends_with(name, ".log"))
        return FileKind::log;
    if (ends_with(name, ".sst") || ends_with(name, ".blob"))
        return FileKind::table;
    for (const char* start : {"MANIFEST", "CURRENT", "OPTIONS", "IDENTITY"})
        if (name.compare(0, strlen(start), start) == 0)
            return FileKind::manifest;
    return ends_with(name, ".dbtmp") ? FileKind::manifest : FileKind::other;
}

Disk::Disk(std::string root)
    : m_root(std::move(root))
    , m_removed(m_root + ".removed")
{
    empty_folder(m_removed);
}

std::string Disk::inside(int directory, const char* path) const
{
    std::string full = path;
    if (full.empty())
        return "";
    if (full[0] != '/') {
        char start[4096];
        const std::string link =
            directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/" + std::to_string(directory);
        const ssize_t got = readlink(link.c_str(), start, sizeof start);
        if (got <= 0)
            return "";
        full = std::string(start, static_cast<std::size_t>(got)) + "/" + full;
    }
    for (std::size_t at; (at = full.find("//")) != std::string::npos;)
        full.erase(at, 1);
    for (std::size_t at; (at = full.find("/./")) != std::string::npos;)
        full.erase(at, 2);
    while (full.size() > 1 && full.back() == '/')
        full.pop_back();
    const bool below = full == m_root || full.compare(0, m_root.size() + 1, m_root + "/") == 0;
    return below ? full : "";
}

// Open files

FilePtr Disk::named(const std::string& path)
{
    FilePtr& file = m_names[path];
    if (!file) {
        file = std::make_shared<File>();
        file->id = ++m_last_id;
        file->path = path;
        file->kind = kind_of(path);
        struct stat facts{};
        if (stat(path.c_str(), &facts) == 0)
            file->size = file->synced_size = facts.st_size;
        m_files[file->id] = file;
    }
    return file;
}

void Disk::opened(int fd, const std::string& path, bool created, off_t truncated_size, std::string before)
{
    struct stat facts{};
    if (fstat(fd, &facts) != 0)
        return;
    closed(fd);
    if (S_ISDIR(facts.st_mode)) {
        m_open_directories[fd] = path;
        return;
    }
    if (!S_ISREG(facts.st_mode))
        return;
    if (created)
        m_names.erase(path);
    const FilePtr file = named(path);
    m_open[fd] = file;
    if (created)
        record({file, "", path});
    else if (truncated_size > 0) {
        file->size = file->synced_size = std::max(file->synced_size, truncated_size);
        truncated(*file, 0, std::move(before));
    }
}

void Disk::closed(int fd)
{
    m_open.erase(fd);
    m_open_directories.erase(fd);
}

FilePtr Disk::file_of(int fd) const
{
    const auto found = m_open.find(fd);
    return found == m_open.end() ? nullptr : found->second;
}

std::string Disk::directory_of(int fd) const
{
    const auto found = m_open_directories.find(fd);
    return found == m_open_directories.end() ? "" : found->second;
}

// Bytes

std::string Disk::bytes_of(int fd, off_t offset, std::size_t size)
{
    // The file may be open for writing only.
    const std::string own = "/proc/self/fd/" + std::to_string(fd);
    const int reader = real().open(own.c_str(), O_RDONLY | O_CLOEXEC, 0);
    std::string bytes(size, '\0');
    std::size_t got = 0;
    while (reader >= 0 && got < size) {
        const ssize_t more =
            real().pread(reader, bytes.data() + got, size - got, offset + static_cast<off_t>(got));
        if (more <= 0)
            break;
        got += static_cast<std::size_t>(more);
    }
    if (reader >= 0)
        real().close(reader);
    bytes.resize(got);
    return bytes;
}

void Disk::written(File& file, off_t offset, std::size_t size, std::string before)
{
    file.size = std::max(file.size, offset + static_cast<off_t>(size));
    file.pending.push_back({offset, size, std::move(before), file.size, false});
}

void Disk::truncated(File& file, off_t new_size, std::string before)
{
    const off_t grown = std::max<off_t>(0, new_size - file.size);
    const off_t from = std::min(new_size, file.size);
    file.size = new_size;
    file.pending.push_back({from, static_cast<std::size_t>(grown), std::move(before), new_size, false});
}

void Disk::synced(File& file, std::size_t upto)
{
    auto& pending = file.pending;
    upto = std::min(upto, pending.size());
    trace("synced %s: %zu of %zu changes\n", file.path.c_str(), upto, pending.size());
    for (std::size_t i = 0; i < upto; ++i)
        if (!pending[i].lost)
            file.synced_size = pending[i].size_after;
    const auto end = pending.begin() + static_cast<std::ptrdiff_t>(upto);
    pending.erase(std::remove_if(pending.begin(), end, [](const Pending& row) { return !row.lost; }), end);
    if (control()->ordered_names != 0)
        synced_names();
}

void Disk::sync_failed(File& file)
{
    for (Pending& row : file.pending)
        row.lost = true;
}

// Names

void Disk::note_durable(const std::string& path, const FilePtr& file)
{
    if (!path.empty())
        m_durable.emplace(path, file);
}

void Disk::record(NameChange change)
{
    // What the disk has under these names, unless an earlier change has said so already.
    note_durable(change.from, change.file);
    if (!m_durable.contains(change.to))
        note_durable(change.to, nullptr);
    trace("names %s -> %s (file %lu)\n", change.from.c_str(), change.to.c_str(), change.file->id);
    m_changes.push_back(std::move(change));
}

void Disk::keep(const std::string& path)
{
    struct stat facts{};
    if (lstat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode))
        return;
    const FilePtr file = named(path);
    const std::string place = m_removed + "/" + std::to_string(file->id);
    real().link(path.c_str(), place.c_str());
}

void Disk::removed(const std::string& path)
{
    const FilePtr file = named(path);
    if (file->path == path)
        file->path = m_removed + "/" + std::to_string(file->id);
    m_names.erase(path);
    record({file, path, ""});
}

void Disk::renamed(const std::string& from, const std::string& to)
{
    const FilePtr file = named(from);
    if (const auto found = m_names.find(to); found != m_names.end()) {
        note_durable(to, found->second); // replaced
        if (found->second->path == to)
            found->second->path = m_removed + "/" + std::to_string(found->second->id);
    }
    file->path = to;
    m_names.erase(from);
    m_names[to] = file;
    record({file, from, to});
}

void Disk::linked(const std::string& from, const std::string& to)
{
    const FilePtr file = named(from);
    m_names[to] = file;
    record({file, "", to});
}

void Disk::apply_durable(const NameChange& change)
{
    if (!change.from.empty() && m_durable[change.from] == change.file)
        m_durable[change.from] = nullptr;
    if (!change.to.empty())
        m_durable[change.to] = change.file;
}

void Disk::synced_directory(const std::string& directory)
{
    if (control()->ordered_names != 0)
        return synced_names();
    trace("directory synced: %s\n", directory.c_str());
    std::vector<NameChange> rest;
    for (NameChange& change : m_changes) {
        if (folder_of(change.to.empty() ? change.from : change.to) == directory)
            apply_durable(change);
        else
            rest.push_back(std::move(change));
    }
    m_changes = std::move(rest);
    forget_settled();
}

void Disk::synced_names()
{
    trace("all names synced\n");
    for (const NameChange& change : m_changes)
        apply_durable(change);
    m_changes.clear();
    forget_settled();
}

/// Names without a pending change are on the disk as they are seen; removed files nobody can want go.
void Disk::forget_settled()
{
    std::set<std::string> wanted;
    std::set<std::uint64_t> needed;
    for (const NameChange& change : m_changes) {
        wanted.insert(change.from);
        wanted.insert(change.to);
        needed.insert(change.file->id);
    }
    for (auto at = m_durable.begin(); at != m_durable.end();)
        at = wanted.contains(at->first) ? std::next(at) : m_durable.erase(at);
    for (const auto& [path, file] : m_durable)
        if (file)
            needed.insert(file->id);
    for (auto at = m_files.begin(); at != m_files.end();) {
        const FilePtr file = at->second.lock();
        const bool gone =
            !file || (!needed.contains(at->first) && file->path.compare(0, m_removed.size(), m_removed) == 0);
        if (gone)
            real().unlink((m_removed + "/" + std::to_string(at->first)).c_str());
        at = gone ? m_files.erase(at) : std::next(at);
    }
}

std::vector<FilePtr> Disk::files() const
{
    std::vector<FilePtr> all;
    for (const auto& [id, weak] : m_files)
        if (FilePtr file = weak.lock())
            all.push_back(std::move(file));
    return all;
}

} // namespace layer
