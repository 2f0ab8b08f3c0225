#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mansio::config {

struct Row;

enum class TlsVersion : std::uint8_t { tls12, tls13 };

/// A certificate chain and its key, PEM files. Which names it serves is read from the certificate.
struct CertificateSettings {
    std::string certificate;
    std::string key;
};

/// [tls] and [[tls.extra]].
struct TlsSettings {
    std::string certificate; ///< empty: no TLS is offered
    std::string key;
    std::vector<CertificateSettings> extra; ///< chosen by SNI; no match: the first
    TlsVersion minimum = TlsVersion::tls12;
    std::string ciphers; ///< TLS 1.2 list in OpenSSL's words; empty: the house list
    std::chrono::milliseconds handshake_timeout = std::chrono::seconds(30);
    std::chrono::milliseconds check_interval = std::chrono::seconds(30);
};

std::span<const Row> tls_rows();
std::span<const Row> certificate_rows();

} // namespace mansio::config
