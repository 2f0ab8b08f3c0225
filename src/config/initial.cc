#include "config/initial.h"

#include "config/settings.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>

namespace mansio::config {
namespace {

constexpr ListenerProtocol network_protocols[] = {
    ListenerProtocol::smtp,  ListenerProtocol::submission, ListenerProtocol::submissions,
    ListenerProtocol::imap,  ListenerProtocol::imaps,      ListenerProtocol::pop3,
    ListenerProtocol::pop3s,
};

void add_listeners(const InitialOptions& options, std::string& out)
{
    for (const ListenerProtocol protocol : network_protocols)
        fmt::format_to(std::back_inserter(out),
                       "[[listener]]\nprotocol = \"{}\"\naddress = \"{}\"\nport = {}\n\n", name(protocol),
                       options.address, options.port_base + standard_port(protocol));
    for (const ListenerProtocol protocol : {ListenerProtocol::lmtp, ListenerProtocol::admin})
        fmt::format_to(std::back_inserter(out),
                       "[[listener]]\nprotocol = \"{0}\"\npath = \"{1}/{0}.sock\"\n\n", name(protocol),
                       initial_data);
}

base::Outcome<void> write_whole(int descriptor, std::string_view text, const std::string& path)
{
    while (!text.empty()) {
        const ssize_t count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return base::fail(errno == ENOSPC ? base::Fault::full : base::Fault::temporary,
                              fmt::format("{}: {}", path, std::strerror(errno)));
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::fsync(descriptor) != 0)
        return base::fail(base::Fault::temporary, fmt::format("{}: {}", path, std::strerror(errno)));
    return {};
}

} // namespace

std::string initial_text(const InitialOptions& options)
{
    std::string out = "# Mansio. Every setting, its default and its reason: mansio config describe\n"
                      "# After a change: mansio --config FILE config check, then reload.\n\n";
    fmt::format_to(std::back_inserter(out), "[server]\nhostname = \"{}\"\ndata-directory = \"{}\"\n",
                   options.hostname, initial_data);
    if (options.lab)
        out += "lab = true # tests and benchmarks on loopback only\n";
    fmt::format_to(std::back_inserter(out),
                   "\n[tls]\ncertificate = \"{}\" # self-signed: put your own here\nkey = \"{}\"\n\n",
                   initial_certificate, initial_key);
    if (!options.smarthost.empty())
        fmt::format_to(std::back_inserter(out), "[relay]\nsmarthost = \"{}\"\n\n", options.smarthost);
    add_listeners(options, out);
    out.pop_back();
    return out;
}

base::Outcome<void> write_initial(const std::string& folder, const InitialOptions& options)
{
    const std::string path = folder + "/" + initial_file;
    const std::string text = initial_text(options);
    if (auto settings = parse(text, path); !settings)
        return base::fail(std::move(settings.error()), "the options given");
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return base::fail(errno == EEXIST ? base::Fault::exists : base::Fault::temporary,
                          fmt::format("{}: {}", path, std::strerror(errno)));
    auto written = write_whole(descriptor, text, path);
    if (::close(descriptor) != 0 && written)
        written = base::fail(base::Fault::temporary, fmt::format("{}: {}", path, std::strerror(errno)));
    return written;
}

} // namespace mansio::config
