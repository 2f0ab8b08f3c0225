#include "storage/rocks/ordered_names.h"

#include <memory>
#include <rocksdb/file_system.h>
#include <string>
#include <string_view>

namespace mansio::storage::rocks {

namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class OrderedNames final : public rocksdb::FileSystemWrapper {
public:
    using FileSystemWrapper::FileSystemWrapper;
    const char* Name() const override { return "mansio.ordered-names"; }

    IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                        IODebugContext* debug) override
    {
        constexpr std::string_view current = "/CURRENT";
        if (to.ends_with(current)) {
            const std::string folder = to.substr(0, to.size() - current.size());
            if (auto synced = sync_directory(folder, options, debug); !synced.ok())
                return synced;
        }
        return FileSystemWrapper::RenameFile(from, to, options, debug);
    }

private:
    IOStatus sync_directory(const std::string& folder, const IOOptions& options, IODebugContext* debug)
    {
        std::unique_ptr<rocksdb::FSDirectory> directory;
        auto opened = target()->NewDirectory(folder, options, &directory, debug);
        return opened.ok() ? directory->Fsync(options, debug) : opened;
    }
};

} // namespace

std::shared_ptr<rocksdb::FileSystem> with_ordered_names(std::shared_ptr<rocksdb::FileSystem> below)
{
    return std::make_shared<OrderedNames>(std::move(below));
}

} // namespace mansio::storage::rocks
