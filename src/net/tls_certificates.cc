#include "net/tls.h"

#include <sys/stat.h>

namespace mansio::net {

/// What tells one version of a file from the next. All zero when there is no file.
struct TlsCertificates::Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed = 0; ///< nanoseconds

    bool operator==(const Stamp&) const = default;

    static Stamp of(const std::string& file)
    {
        struct stat info;
        if (::stat(file.c_str(), &info) != 0)
            return {};
        const std::int64_t nanoseconds = info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec;
        return {info.st_dev, info.st_ino, info.st_size, nanoseconds};
    }
    static std::vector<Stamp> of_all(const TlsServerSettings& settings)
    {
        std::vector<Stamp> stamps;
        for (const TlsCertificateFiles& files : settings.certificates) {
            stamps.push_back(of(files.certificate_file));
            stamps.push_back(of(files.key_file));
        }
        return stamps;
    }
};

TlsCertificates::TlsCertificates() = default;
TlsCertificates::~TlsCertificates() = default;

Outcome<std::unique_ptr<TlsCertificates>> TlsCertificates::open(TlsServerSettings settings)
{
    std::unique_ptr<TlsCertificates> certificates(new TlsCertificates);
    auto loaded = certificates->load(std::move(settings));
    if (!loaded)
        return std::unexpected(std::move(loaded.error()));
    return certificates;
}

std::shared_ptr<const TlsContext> TlsCertificates::current() const
{
    std::lock_guard lock(m_mutex);
    return m_current;
}

/// Stamps are taken before the files are read: a change in between is seen next time.
Outcome<void> TlsCertificates::load(TlsServerSettings settings)
{
    auto stamps = Stamp::of_all(settings);
    auto context = TlsContext::server(settings);
    std::lock_guard lock(m_mutex);
    m_stamps = std::move(stamps);
    if (!context)
        return std::unexpected(std::move(context.error()));
    m_settings = std::move(settings);
    m_current = std::make_shared<const TlsContext>(std::move(*context));
    return {};
}

Outcome<void> TlsCertificates::reload()
{
    std::unique_lock lock(m_mutex);
    TlsServerSettings settings = m_settings;
    lock.unlock();
    return load(std::move(settings));
}

Outcome<void> TlsCertificates::reload(TlsServerSettings settings)
{
    return load(std::move(settings));
}

Outcome<bool> TlsCertificates::reload_if_changed()
{
    {
        std::lock_guard lock(m_mutex);
        if (Stamp::of_all(m_settings) == m_stamps)
            return false;
    }
    auto loaded = reload();
    if (!loaded)
        return std::unexpected(std::move(loaded.error()));
    return true;
}

} // namespace mansio::net
