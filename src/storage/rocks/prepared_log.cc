#include "storage/rocks/prepared_log.h"

#include "storage/rocks/spare_log.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace mansio::storage::rocks {

namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::uint64_t step = 1 << 20;
constexpr std::uint64_t large_write = 16 * 1024;
constexpr std::uint64_t rare_syncs =
    256 * 1024; // bytes between them: then it is the bytes that take the time

class PreparedLog final : public rocksdb::FSWritableFileOwnerWrapper {
public:
    /// `descriptor` is the same file's, and this one's to close. The file has `prepared` bytes of zeros.
    PreparedLog(std::unique_ptr<rocksdb::FSWritableFile>&& file, int descriptor, std::uint64_t prepared,
                SpareLog& spare)
        : FSWritableFileOwnerWrapper(std::move(file))
        , m_spare(spare)
        , m_prepared(prepared)
        , m_descriptor(descriptor)
    {
    }
    ~PreparedLog() override { stop_preparing(); }

    IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override
    {
        prepare(data.size());
        return FSWritableFileOwnerWrapper::Append(data, options, debug);
    }
    IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& check,
                    IODebugContext* debug) override
    {
        prepare(data.size());
        return FSWritableFileOwnerWrapper::Append(data, options, check, debug);
    }
    IOStatus Sync(const IOOptions& options, IODebugContext* debug) override
    {
        ++m_syncs;
        return FSWritableFileOwnerWrapper::Sync(options, debug);
    }
    IOStatus Close(const IOOptions& options, IODebugContext* debug) override
    {
        // What stays behind if this fails is read as the end: nothing to tell.
        if (m_prepared > m_size && ftruncate(m_descriptor, static_cast<off_t>(m_size)) != 0)
            m_prepared = m_size;
        stop_preparing();
        return FSWritableFileOwnerWrapper::Close(options, debug);
    }

private:
    /// Before the bytes are appended, so the zeros never lie over them.
    void prepare(std::uint64_t size)
    {
        if (m_descriptor >= 0 && size < large_write && m_size + size > m_prepared)
            write_zeros(std::max(m_size, m_prepared), m_size + step);
        m_size += size;
        // By the half of it, the log before it may be there to be used again.
        // Once: where the disk is full, trying again and again would fill it for others.
        if (!m_asked_for_next && m_size > m_spare.size() / 2 && m_size < m_syncs * rare_syncs) {
            m_asked_for_next = true;
            m_spare.want();
        }
    }

    /// A full disk is not this one's to report: the append will.
    void write_zeros(std::uint64_t from, std::uint64_t to)
    {
        static constexpr std::array<char, 64 * 1024> zeros{};
        while (from < to) {
            const std::size_t length = std::min<std::uint64_t>(to - from, zeros.size());
            const ssize_t written = pwrite(m_descriptor, zeros.data(), length, static_cast<off_t>(from));
            if (written <= 0)
                return;
            from += static_cast<std::uint64_t>(written);
            m_prepared = from;
        }
    }

    void stop_preparing()
    {
        if (m_descriptor >= 0)
            close(m_descriptor);
        m_descriptor = -1;
    }

    SpareLog& m_spare;
    std::uint64_t m_size = 0;
    std::uint64_t m_syncs = 0;
    bool m_asked_for_next = false;
    std::uint64_t m_prepared; ///< the file reaches up to here
    int m_descriptor;
};

bool is_log(const std::string& name)
{
    return name.ends_with(".log");
}

class PreparedLogs final : public rocksdb::FileSystemWrapper {
public:
    PreparedLogs(std::shared_ptr<rocksdb::FileSystem> below, std::uint64_t size)
        : FileSystemWrapper(std::move(below))
        , m_spare(size)
    {
    }
    const char* Name() const override { return "mansio.prepared-logs"; }

    IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override
    {
        if (!is_log(name))
            return FileSystemWrapper::NewWritableFile(name, options, file, debug);
        m_spare.settle(name.substr(0, name.rfind('/')));
        std::uint64_t prepared = 0;
        auto made = IOStatus::NotFound();
        if (const auto spare = m_spare.take()) {
            made = ReuseWritableFile(name, *spare, options, file, debug);
            prepared = m_spare.size();
        }
        if (!made.ok()) {
            made = FileSystemWrapper::NewWritableFile(name, options, file, debug);
            prepared = 0;
        }
        if (!made.ok())
            return made;
        const int descriptor = open(name.c_str(), O_WRONLY | O_CLOEXEC);
        if (descriptor >= 0) // else it works without
            *file = std::make_unique<PreparedLog>(std::move(*file), descriptor, prepared, m_spare);
        return made;
    }

    IOStatus DeleteFile(const std::string& name, const IOOptions& options, IODebugContext* debug) override
    {
        if (is_log(name) && m_spare.keep(name))
            return IOStatus::OK();
        return FileSystemWrapper::DeleteFile(name, options, debug);
    }

private:
    SpareLog m_spare;
};

} // namespace

std::shared_ptr<rocksdb::FileSystem> with_prepared_logs(std::shared_ptr<rocksdb::FileSystem> below,
                                                        std::uint64_t size)
{
    return std::make_shared<PreparedLogs>(std::move(below), size);
}

} // namespace mansio::storage::rocks
