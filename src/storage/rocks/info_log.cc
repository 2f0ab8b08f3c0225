#include "storage/rocks/info_log.h"

#include "base/log.h"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace mansio::storage::rocks {

namespace {

class InfoLog final : public rocksdb::Logger {
public:
    InfoLog()
        : Logger(rocksdb::WARN_LEVEL)
    {
    }
    void LogHeader(const char*, va_list) override {} // all its settings, at each opening
    void Logv(const char* format, va_list values) override { write(base::Level::info, format, values); }
    void Logv(rocksdb::InfoLogLevel level, const char* format, va_list values) override
    {
        if (level < GetInfoLogLevel())
            return;
        write(level == rocksdb::WARN_LEVEL ? base::Level::info : base::Level::warning, format, values);
    }

private:
    [[gnu::format(printf, 2, 0)]] static void write(base::Level level, const char* format, va_list values)
    {
        if (!base::log_wants("store", level))
            return;
        std::array<char, 1024> line{};
        std::vsnprintf(line.data(), line.size(), format, values);
        base::log(level, "store", "the database says", {{"line", line.data()}});
    }
};

} // namespace

std::shared_ptr<rocksdb::Logger> make_info_log()
{
    return std::make_shared<InfoLog>();
}

} // namespace mansio::storage::rocks
