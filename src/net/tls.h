#pragma once
#include "base/outcome.h"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::net {

using base::Outcome;

/// What a finished handshake agreed on.
struct TlsFacts {
    std::string version; ///< "TLSv1.3", "TLSv1.2"
    std::string cipher;  ///< "TLS_AES_256_GCM_SHA384"
    std::string sni;     ///< the name asked for, lower case, or empty
    std::string alpn;    ///< the protocol chosen, or empty
    bool resumed = false;
    std::string tls_exporter;         ///< rfc9266#2: 32 raw bytes; the binding for TLS 1.3
    std::string tls_server_end_point; ///< rfc5929#4: hash of the server's certificate, raw
    std::string tls_unique;           ///< rfc5929#3: TLS 1.2 only, else empty
    bool verified = false;            ///< client side: chain and name are good
    std::string verify_text;          ///< client side: "ok", or why not, in OpenSSL's words
    std::string peer_subject;         ///< client side: the certificate's subject, one line
};

enum class TlsVerify {
    opportunistic, ///< encrypt whatever the certificate says; the facts tell what it says
    required,      ///< no chain to a trusted root for server_name: the handshake fails with Fault::refused
};

struct TlsClientOptions {
    std::string server_name = {}; ///< sent as SNI unless it is an address; checked against the certificate
    TlsVerify verify = TlsVerify::opportunistic;
    std::vector<std::string> alpn = {};
};

/// One certificate and its key, as PEM files. The chain file holds the server's own certificate first.
struct TlsCertificateFiles {
    std::string certificate_file;
    std::string key_file;
};

enum class TlsMinimum { tls12, tls13 };

struct TlsServerSettings {
    /// The first is the default, for clients without SNI or with an unknown name. A certificate is chosen by
    /// the DNS names (wildcards too) it carries.
    std::vector<TlsCertificateFiles> certificates = {};
    std::vector<std::string> alpn = {}; ///< in order of preference; empty: the extension is ignored
    TlsMinimum minimum = TlsMinimum::tls12;
    std::string ciphers = {}; ///< TLS 1.2 list in OpenSSL's words; empty: forward secrecy, AES, ChaCha20
};

/// What a handshake needs: certificates or trusted roots. Immutable, a cheap handle, usable from any thread;
/// a stream keeps what it needs, so the handle may go while the session lives. TLS 1.2 and 1.3 only, no
/// renegotiation, no compression, no early data.
class TlsContext {
public:
    struct Impl;

    /// Reads the files (blocking, short).
    static Outcome<TlsContext> server(const TlsServerSettings& settings);
    /// Trusts the system's roots, or only those of `ca_file` (PEM) when it is not empty. Loading the roots
    /// takes tens of milliseconds: make one at start and share it.
    static Outcome<TlsContext> client(const std::string& ca_file = {});

    const Impl& impl() const { return *m_impl; } ///< for this room
    std::shared_ptr<const Impl> share() const { return m_impl; }

private:
    explicit TlsContext(std::shared_ptr<const Impl> impl)
        : m_impl(std::move(impl))
    {
    }
    std::shared_ptr<const Impl> m_impl;
};

/// The server's certificates, re-read while it runs. A failed reload keeps the ones in use. Sessions that
/// live keep theirs. Thread-safe; the reloads read files and belong on a worker or at a signal.
class TlsCertificates {
public:
    static Outcome<std::unique_ptr<TlsCertificates>> open(TlsServerSettings settings);
    ~TlsCertificates();

    std::shared_ptr<const TlsContext> current() const;
    Outcome<void> reload();
    /// With other settings (a changed configuration file).
    Outcome<void> reload(TlsServerSettings settings);
    /// Reloads if any of the files changed (inode, size or mtime) since they were last tried: true if it did.
    Outcome<bool> reload_if_changed();

private:
    struct Stamp;
    TlsCertificates();
    Outcome<void> load(TlsServerSettings settings);

    mutable std::mutex m_mutex;
    TlsServerSettings m_settings;
    std::vector<Stamp> m_stamps;
    std::shared_ptr<const TlsContext> m_current;
};

struct PemPair {
    std::string certificate;
    std::string key;
};

/// A new ECDSA P-256 key and a certificate for it, good for ten years. `hostname` is the subject; it and
/// `names` (DNS names or addresses) are the alternative names.
Outcome<PemPair> make_self_signed(const std::string& hostname, const std::vector<std::string>& names = {});

} // namespace mansio::net
