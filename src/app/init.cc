#include "app/init.h"

#include "app/house.h"
#include "config/settings.h"
#include "net/tls.h"

#include <boost/json/array.hpp>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <vector>

namespace mansio::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using base::Fault;
using base::Outcome;

Outcome<void> write_new_file(const fs::path& path, std::string_view content, mode_t mode)
{
    const int out = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (out < 0)
        return base::fail(errno == EEXIST ? Fault::exists : Fault::temporary,
                          path.string() + ": " + std::strerror(errno));
    const auto written = ::write(out, content.data(), content.size());
    const bool good = written == static_cast<ssize_t>(content.size()) && ::fsync(out) == 0;
    if (::close(out) != 0 || !good)
        return base::fail(Fault::full, path.string() + ": " + std::strerror(errno));
    return {};
}

/// A folder for the owner alone. One that holds other things already stays as open as it is.
Outcome<void> make_folder(const fs::path& path)
{
    std::error_code error;
    fs::create_directories(path, error);
    if (error)
        return base::fail(Fault::temporary, path.string() + ": " + error.message());
    if (fs::is_empty(path, error))
        fs::permissions(path, fs::perms::owner_all, error);
    if (error)
        return base::fail(Fault::temporary, path.string() + ": " + error.message());
    return {};
}

Outcome<void> make_certificate(const fs::path& folder, const InitOptions& options)
{
    auto pair = net::make_self_signed(options.config.hostname, {options.domain, "localhost", "127.0.0.1"});
    if (!pair)
        return std::unexpected(pair.error());
    const fs::path certificate = folder / config::initial_certificate;
    if (auto made = make_folder(certificate.parent_path()); !made)
        return made;
    if (auto written = write_new_file(certificate, pair->certificate, 0644); !written)
        return written;
    return write_new_file(folder / config::initial_key, pair->key, 0600);
}

/// The directory's first entries, through the same commands an operator would use.
Outcome<InitResult> fill(House& house, const InitOptions& options)
{
    const auto run = [&](const char* command, json::object arguments) {
        return house.run(admin::run_command(house.admin(), command, std::move(arguments)));
    };
    InitResult result;
    result.admin_address = "admin@" + options.domain;
    if (auto domain = run("domain.add", {{"domain", options.domain}}); !domain)
        return std::unexpected(domain.error());
    auto account = run("account.add", {{"address", result.admin_address}, {"name", "Administrator"}});
    if (!account)
        return std::unexpected(account.error());
    result.admin_password = account->at("password").as_string();
    for (const char* name : {"postmaster@", "abuse@"}) {
        auto alias = run("alias.add", {{"address", name + options.domain},
                                       {"targets", json::array{result.admin_address}}});
        if (!alias)
            return std::unexpected(alias.error());
    }
    return result;
}

/// What init makes in the folder; removed again when it can't be finished, so that it can be tried again.
class Unfinished {
public:
    explicit Unfinished(std::vector<fs::path> paths)
        : m_paths(std::move(paths))
    {
    }
    ~Unfinished()
    {
        std::error_code ignored; // the failure that brought us here is the one to tell
        for (const fs::path& path : m_paths)
            fs::remove_all(path, ignored);
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    void keep() { m_paths.clear(); }

private:
    std::vector<fs::path> m_paths;
};

Outcome<void> refuse_to_overwrite(const std::vector<fs::path>& paths)
{
    for (const fs::path& path : paths)
        if (std::error_code ignored; fs::exists(path, ignored))
            return base::fail(Fault::exists, path.string() + " exists: nothing is overwritten");
    return {};
}

Outcome<InitResult> make_all(const fs::path& folder, const InitOptions& options)
{
    if (auto made = make_folder(folder); !made)
        return std::unexpected(made.error());
    if (auto made = make_certificate(folder, options); !made)
        return std::unexpected(made.error());
    if (auto written = config::write_initial(folder, options.config); !written)
        return std::unexpected(written.error());
    auto settings = config::load(folder / config::initial_file);
    if (!settings)
        return std::unexpected(settings.error());
    if (auto made = make_folder(settings->server.data_directory); !made)
        return std::unexpected(made.error());
    auto house =
        House::open(std::make_shared<const config::Settings>(std::move(*settings)), House::Create::yes);
    if (!house)
        return std::unexpected(house.error());
    return fill(**house, options);
}

} // namespace

Outcome<InitResult> init(const InitOptions& options)
{
    const fs::path folder = fs::absolute(options.folder);
    const fs::path file = folder / config::initial_file;
    std::error_code ignored; // what can't be looked at can't be written to either, and that says why
    if (fs::exists(file, ignored))
        return base::fail(Fault::exists, file.string() + " exists: this folder holds a server already");
    const std::vector<fs::path> ours = {file, folder / config::initial_certificate,
                                        folder / config::initial_key, folder / config::initial_data};
    if (auto free = refuse_to_overwrite(ours); !free)
        return std::unexpected(free.error());
    if (auto good = config::parse(config::initial_text(options.config), file); !good)
        return base::fail(std::move(good.error()), "the options given");
    Unfinished unfinished(ours);
    auto result = make_all(folder, options);
    if (!result)
        return result;
    unfinished.keep();
    result->config_file = file;
    return result;
}

} // namespace mansio::app
