// The C library's calls that change files, with the layer in between.
#include "disk.h"
#include "faults.h"
#include "moment.h"
#include "real.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace layer;

namespace {

/// A path or fd below the root, with the disk locked, counted as one call.
class Entry {
public:
    Entry(Disk& disk, Call call, FileKind kind)
        : m_lock(disk.mutex())
        , m_call(call)
        , m_kind(kind)
    {
        count_call(disk, call, kind, When::before);
        m_disk = &disk;
    }
    ~Entry()
    {
        const int error = errno;
        count_call(*m_disk, m_call, m_kind, When::after);
        errno = error;
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

private:
    std::lock_guard<std::mutex> m_lock;
    Disk* m_disk = nullptr;
    Call m_call;
    FileKind m_kind;
};

FilePtr known(int fd)
{
    Disk* disk = watched_disk();
    if (disk == nullptr)
        return nullptr;
    std::lock_guard lock(disk->mutex());
    return disk->file_of(fd);
}

std::string inside(int directory, const char* path)
{
    Disk* disk = watched_disk();
    return disk == nullptr || path == nullptr ? "" : disk->inside(directory, path);
}

bool exists(const std::string& path)
{
    struct stat facts{};
    return stat(path.c_str(), &facts) == 0;
}

std::string content_of(const std::string& path)
{
    struct stat facts{};
    const int fd = real().open(path.c_str(), O_RDONLY | O_CLOEXEC, 0);
    std::string content;
    if (fd >= 0 && fstat(fd, &facts) == 0)
        content = Disk::bytes_of(fd, 0, static_cast<std::size_t>(facts.st_size));
    if (fd >= 0)
        real().close(fd);
    return content;
}

int do_open(int directory, const char* path, int flags, mode_t mode)
{
    const std::string full = inside(directory, path);
    if (full.empty() || (flags & O_PATH) != 0)
        return real().open(path, flags, mode);
    Disk& disk = *watched_disk();
    const bool creates = (flags & O_CREAT) != 0 && !exists(full);
    const bool truncates = !creates && (flags & O_TRUNC) != 0;
    if (const int error = fault_for(creates ? Call::create : Call::open, kind_of(full))) {
        errno = error;
        return -1;
    }
    if (!creates && !truncates) {
        const int fd = real().open(full.c_str(), flags, mode);
        std::lock_guard lock(disk.mutex());
        if (fd >= 0)
            disk.opened(fd, full, false, 0, "");
        return fd;
    }
    Entry entry(disk, creates ? Call::create : Call::truncate, kind_of(full));
    std::string before = truncates ? content_of(full) : "";
    const int fd = real().open(full.c_str(), flags, mode);
    const off_t size = static_cast<off_t>(before.size());
    if (fd >= 0)
        disk.opened(fd, full, creates, size, std::move(before));
    return fd;
}

template <class Write>
ssize_t do_write(int fd, const FilePtr& file, off_t offset, std::size_t size, Write write)
{
    Disk& disk = *watched_disk();
    std::size_t allowed = size;
    if (const int error = fault_for_write(file->kind, allowed); error != 0 && allowed == 0) {
        errno = error;
        return -1;
    }
    Entry entry(disk, Call::write, file->kind);
    control()->writes += 1;
    if (offset < 0)
        offset = (fcntl(fd, F_GETFL) & O_APPEND) != 0 ? file->size : lseek(fd, 0, SEEK_CUR);
    std::string before = offset < file->size ? Disk::bytes_of(fd, offset, allowed) : "";
    const ssize_t wrote = write(allowed);
    if (wrote > 0) {
        before.resize(std::min(before.size(), static_cast<std::size_t>(wrote)));
        disk.written(*file, offset, static_cast<std::size_t>(wrote), std::move(before));
    }
    return wrote;
}

/// The disk takes its time; what was written before the call is durable after it. The real sync is left out:
/// the power never really fails, and thousands of rounds would wait for it.
int do_sync(int fd)
{
    Disk& disk = *watched_disk();
    FilePtr file;
    std::string directory;
    std::size_t upto = 0;
    {
        std::lock_guard lock(disk.mutex());
        file = disk.file_of(fd);
        directory = disk.directory_of(fd);
        upto = file ? file->pending.size() : 0;
    }
    if (!file && directory.empty())
        return real().fsync(fd);
    const Call call = file ? Call::sync : Call::sync_directory;
    const FileKind kind = file ? file->kind : FileKind::directory;
    wait_like_a_disk();
    const int error = fault_for(call, kind);
    Entry entry(disk, call, kind);
    control()->syncs += 1;
    if (error != 0) {
        if (file)
            disk.sync_failed(*file);
        errno = error;
        return -1;
    }
    if (file)
        disk.synced(*file, upto);
    else
        disk.synced_directory(directory);
    return 0;
}

} // namespace

extern "C" {

int open(const char* path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>((flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, int) : 0);
    va_end(rest);
    return do_open(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>((flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, int) : 0);
    va_end(rest);
    return do_open(AT_FDCWD, path, flags, mode);
}

int close(int fd)
{
    if (Disk* disk = watched_disk()) {
        std::lock_guard lock(disk->mutex());
        disk->closed(fd);
    }
    return real().close(fd);
}

int fclose(FILE* stream)
{
    if (Disk* disk = watched_disk()) {
        std::lock_guard lock(disk->mutex());
        disk->closed(fileno(stream));
    }
    return real().fclose(stream);
}

ssize_t write(int fd, const void* bytes, size_t size)
{
    const FilePtr file = known(fd);
    if (!file)
        return real().write(fd, bytes, size);
    return do_write(fd, file, -1, size,
                    [&](std::size_t allowed) { return real().write(fd, bytes, allowed); });
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset)
{
    const FilePtr file = known(fd);
    if (!file)
        return real().pwrite(fd, bytes, size, offset);
    return do_write(fd, file, offset, size,
                    [&](std::size_t allowed) { return real().pwrite(fd, bytes, allowed, offset); });
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off_t offset)
{
    return pwrite(fd, bytes, size, offset);
}

ssize_t pread(int fd, void* bytes, size_t size, off_t offset)
{
    if (const FilePtr file = known(fd))
        if (const int error = fault_for(Call::read, file->kind)) {
            errno = error;
            return -1;
        }
    return real().pread(fd, bytes, size, offset);
}

ssize_t pread64(int fd, void* bytes, size_t size, off_t offset)
{
    return pread(fd, bytes, size, offset);
}

int fsync(int fd)
{
    return do_sync(fd);
}

int fdatasync(int fd)
{
    return do_sync(fd);
}

int sync_file_range(int fd, off64_t, off64_t, unsigned)
{
    // A hint to begin writing; it makes nothing durable.
    return fcntl(fd, F_GETFD) < 0 ? -1 : 0;
}

int ftruncate(int fd, off_t size)
{
    const FilePtr file = known(fd);
    if (!file)
        return real().ftruncate(fd, size);
    if (const int error = fault_for(Call::truncate, file->kind)) {
        errno = error;
        return -1;
    }
    if (size == file->size) // gives back what was allocated beyond the end
        return real().ftruncate(fd, size);
    Disk& disk = *watched_disk();
    Entry entry(disk, Call::truncate, file->kind);
    std::string before;
    if (size < file->size)
        before = Disk::bytes_of(fd, size, static_cast<std::size_t>(file->size - size));
    const int done = real().ftruncate(fd, size);
    if (done == 0)
        disk.truncated(*file, size, std::move(before));
    return done;
}

int fallocate(int fd, int mode, off_t offset, off_t size)
{
    const FilePtr file = known(fd);
    if (!file)
        return real().fallocate(fd, mode, offset, size);
    if (const int error = fault_for(Call::allocate, file->kind)) {
        errno = error;
        return -1;
    }
    if ((mode & FALLOC_FL_KEEP_SIZE) == 0)
        return ftruncate(fd, std::max(file->size, offset + size));
    return 0; // room, but no bytes
}

int rename(const char* from, const char* to)
{
    const std::string full_from = inside(AT_FDCWD, from), full_to = inside(AT_FDCWD, to);
    if (full_from.empty() || full_to.empty())
        return real().rename(from, to);
    if (const int error = fault_for(Call::rename, kind_of(full_to))) {
        errno = error;
        return -1;
    }
    Disk& disk = *watched_disk();
    Entry entry(disk, Call::rename, kind_of(full_to));
    disk.keep(full_to);
    const int done = real().rename(full_from.c_str(), full_to.c_str());
    if (done == 0)
        disk.renamed(full_from, full_to);
    return done;
}

int link(const char* from, const char* to)
{
    const std::string full_from = inside(AT_FDCWD, from), full_to = inside(AT_FDCWD, to);
    if (full_from.empty() || full_to.empty())
        return real().link(from, to);
    Disk& disk = *watched_disk();
    Entry entry(disk, Call::create, kind_of(full_to));
    const int done = real().link(full_from.c_str(), full_to.c_str());
    if (done == 0)
        disk.linked(full_from, full_to);
    return done;
}

int unlink(const char* path)
{
    const std::string full = inside(AT_FDCWD, path);
    struct stat facts{};
    if (full.empty() || lstat(full.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode))
        return real().unlink(path);
    if (const int error = fault_for(Call::unlink, kind_of(full))) {
        errno = error;
        return -1;
    }
    Disk& disk = *watched_disk();
    Entry entry(disk, Call::unlink, kind_of(full));
    disk.keep(full);
    const int done = real().unlink(full.c_str());
    if (done == 0)
        disk.removed(full);
    return done;
}

int statvfs(const char* path, struct statvfs* facts)
{
    const int done = real().statvfs(path, facts);
    if (done == 0 && control() != nullptr && control()->free_bytes != 0)
        facts->f_bavail = (control()->free_bytes - 1) / facts->f_frsize;
    return done;
}

int statvfs64(const char* path, struct statvfs64* facts)
{
    static_assert(sizeof(struct statvfs64) == sizeof(struct statvfs));
    return statvfs(path, reinterpret_cast<struct statvfs*>(facts));
}

} // extern "C"
