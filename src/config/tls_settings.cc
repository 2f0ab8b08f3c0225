#include "config/tls_settings.h"

#include "config/setting.h"

namespace mansio::config {
namespace {

using namespace std::chrono_literals;
using S = TlsSettings;
using C = CertificateSettings;

constexpr std::string_view versions[] = {"1.2", "1.3"};

constexpr Row rows[] = {
    path<&S::certificate>(
        "certificate", Reload::live,
        "The certificate chain, PEM, own certificate first. Empty: no TLS anywhere, and logins "
        "only over unix sockets."),
    path<&S::key>("key", Reload::live,
                  "The private key of the certificate, PEM, readable by the server alone."),
    choice<&S::minimum>(
        "minimum", versions, Reload::live,
        "The oldest TLS version. 1.2 is the oldest that rfc9325#3.1.1 allows and all that some "
        "mail clients have."),
    text<&S::ciphers>(
        "ciphers", Reload::live,
        "TLS 1.2 cipher list in OpenSSL's words. Empty: forward secrecy with AES-GCM or ChaCha20 "
        "(rfc9325#4.2)."),
    duration<&S::handshake_timeout>(
        "handshake-timeout", {1s, 5min}, Reload::live,
        "How long a handshake may take. Phones on bad networks need some seconds."),
    duration<&S::check_interval>(
        "check-interval", {1s, 24h}, Reload::live,
        "How often the files are looked at for a new certificate, which then serves new "
        "connections."),
};

constexpr Row extra_rows[] = {
    path<&C::certificate>("certificate", Reload::live,
                          "A further certificate chain, PEM, for the names written in it. Required."),
    path<&C::key>("key", Reload::live, "Its private key, PEM. Required."),
};

} // namespace

std::span<const Row> tls_rows()
{
    return rows;
}

std::span<const Row> certificate_rows()
{
    return extra_rows;
}

} // namespace mansio::config
