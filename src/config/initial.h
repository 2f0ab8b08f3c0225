#pragma once
#include "base/outcome.h"

#include <cstdint>
#include <string>

namespace mansio::config {

/// What `mansio init` is told.
struct InitialOptions {
    std::string hostname;
    std::string address = "0.0.0.0";
    std::uint32_t port_base = 0; ///< added to each standard port
    std::string smarthost{};     ///< "host:port" or empty
    bool lab = false;
};

/// Where init puts things, relative to the folder of the file.
inline constexpr const char* initial_file = "mansio.toml";
inline constexpr const char* initial_certificate = "tls/certificate.pem";
inline constexpr const char* initial_key = "tls/key.pem";
inline constexpr const char* initial_data = "data";

/// The text of a first configuration file: the listeners, the certificate, and nothing that has a default.
std::string initial_text(const InitialOptions& options);

/// Writes it to `folder`/mansio.toml, readable by its owner alone. Fault::exists when there is one already,
/// Fault::invalid when the options make no valid file.
base::Outcome<void> write_initial(const std::string& folder, const InitialOptions& options);

} // namespace mansio::config
