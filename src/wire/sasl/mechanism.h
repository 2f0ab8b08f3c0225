#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mansio::wire::sasl {

enum class Mechanism { plain, login, cram_md5, scram_sha_256, scram_sha_256_plus };

std::string_view name(Mechanism mechanism);
/// Case does not matter (rfc4422#3.1 has upper case only; clients vary).
std::optional<Mechanism> find_mechanism(std::string_view name);
/// True when the mechanism shows the password to whoever listens: TLS only.
bool sends_password(Mechanism mechanism);

/// Proofs that both ends share one TLS connection; raw bytes, empty where TLS can't say.
struct ChannelBinding {
    std::string tls_exporter;         ///< rfc9266#2: 32 bytes of exporter "EXPORTER-Channel-Binding"
    std::string tls_server_end_point; ///< rfc5929#4: hash of the server's certificate
    bool any() const { return !tls_exporter.empty() || !tls_server_end_point.empty(); }
    /// nullptr for a type we don't have.
    const std::string* find(std::string_view type) const;
};

/// What to offer. CRAM-MD5 needs recoverable passwords, so it is offered only where a setting says so.
struct Offer {
    bool tls = false;
    bool plain_text_allowed = false; ///< lab: password mechanisms also without TLS
    bool cram_md5 = false;
    bool channel_binding = false;
};
/// Names with spaces between, strongest first; empty when nothing may be offered.
std::string offered_mechanisms(const Offer& offer);
bool is_offered(Mechanism mechanism, const Offer& offer);

} // namespace mansio::wire::sasl
