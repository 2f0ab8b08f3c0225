// TLS on the stream's own descriptor: OpenSSL reads and writes the socket, we wait for readiness in between.
// No BIO pairs, no buffers of ours: an idle connection costs what OpenSSL keeps, 16 KB.
#include "net/socket_address.h"
#include "net/stream_core.h"
#include "net/tls_context.h"

#include "base/text.h"

#include <array>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace mansio::net {

using base::fail;
using base::Fault;
using CorePtr = std::shared_ptr<Stream::Core>;

namespace {

/// rfc9266#2. Without the extended master secret a TLS 1.2 binding can be forged: then there is none.
std::string exporter_of(SSL* ssl)
{
    static constexpr std::string_view label = "EXPORTER-Channel-Binding";
    if (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1)
        return {};
    std::array<unsigned char, 32> out;
    const int made = SSL_export_keying_material(ssl, out.data(), out.size(), label.data(), label.size(),
                                                reinterpret_cast<const unsigned char*>(""), 0, 1);
    return made == 1 ? std::string(out.begin(), out.end()) : std::string();
}

/// rfc5929#3.1: the first Finished of the last handshake: the client's, or the server's when it resumed.
std::string unique_of(SSL* ssl, TlsRole role)
{
    if (SSL_version(ssl) != TLS1_2_VERSION || SSL_get_extms_support(ssl) != 1)
        return {};
    const bool ours_first = (role == TlsRole::client) != (SSL_session_reused(ssl) == 1);
    std::array<char, EVP_MAX_MD_SIZE> out;
    const std::size_t size = ours_first ? SSL_get_finished(ssl, out.data(), out.size())
                                        : SSL_get_peer_finished(ssl, out.data(), out.size());
    return std::string(out.data(), std::min(size, out.size()));
}

/// rfc5929#4.1: hashed as the certificate was signed, but never with MD5 or SHA-1. Undefined for signatures
/// without a hash (Ed25519).
std::string end_point_of(X509* certificate)
{
    int hash = NID_undef;
    if (!certificate || X509_get_signature_info(certificate, &hash, nullptr, nullptr, nullptr) != 1)
        return {};
    if (hash == NID_md5 || hash == NID_sha1 || hash == NID_md5_sha1)
        hash = NID_sha256;
    const EVP_MD* digest = hash == NID_undef ? nullptr : EVP_get_digestbynid(hash);
    std::array<unsigned char, EVP_MAX_MD_SIZE> out;
    unsigned size = 0;
    if (!digest || X509_digest(certificate, digest, out.data(), &size) != 1)
        return {};
    return std::string(out.begin(), out.begin() + size);
}

void read_verification(SSL* ssl, X509* certificate, TlsFacts& facts)
{
    const long result = SSL_get_verify_result(ssl);
    facts.verified = certificate && result == X509_V_OK;
    facts.verify_text = certificate ? X509_verify_cert_error_string(result) : "no certificate";
    if (!certificate)
        return;
    char subject[256];
    X509_NAME_oneline(X509_get_subject_name(certificate), subject, sizeof(subject));
    facts.peer_subject = subject;
}

/// Opportunistic TLS with a weak peer is still better than none: what it may be called is not for us to say.
void accept_old_peers(SSL* ssl)
{
    SSL_set_security_level(ssl, 1);
    SSL_set_options(ssl, SSL_OP_LEGACY_SERVER_CONNECT);
}

void prepare_client(SSL* ssl, const TlsClientOptions& options)
{
    std::string name = options.server_name;
    if (name.ends_with('.'))
        name.pop_back();
    X509_VERIFY_PARAM* checks = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (auto ip = Address::parse_ip(name)) {
        X509_VERIFY_PARAM_set1_ip_asc(checks, ip->ip().c_str());
    } else if (!name.empty()) {
        SSL_set_tlsext_host_name(ssl, name.c_str());
        SSL_set1_host(ssl, name.c_str());
    }
    const std::string alpn = alpn_on_the_wire(options.alpn);
    if (!alpn.empty())
        SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(alpn.data()),
                            static_cast<unsigned>(alpn.size()));
    const bool required = options.verify == TlsVerify::required;
    SSL_set_verify(ssl, required ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (!required)
        accept_old_peers(ssl);
}

Task<Outcome<TlsFacts>> handshake(CorePtr core, TlsRole role, Deadline deadline)
{
    for (;;) {
        Step step = core->tls_handshake();
        if (step.failure)
            co_return std::unexpected(std::move(*step.failure));
        if (step.need == Step::Need::nothing)
            break;
        auto waited = co_await wait_for(core, step.need, deadline);
        if (!waited) {
            core->tls_broken = true;
            co_return std::unexpected(std::move(waited.error()));
        }
    }
    core->facts = std::make_unique<TlsFacts>(core->tls_read_facts(role));
    co_return *core->facts;
}

Task<Outcome<TlsFacts>> start_server(CorePtr core, TlsContext context, Deadline deadline)
{
    auto prepared = core->tls_prepare(context, TlsRole::server, nullptr);
    if (!prepared)
        co_return std::unexpected(std::move(prepared.error()));
    auto facts = co_await handshake(core, TlsRole::server, deadline);
    co_return facts;
}

Task<Outcome<TlsFacts>> start_client(CorePtr core, TlsContext context, TlsClientOptions options,
                                     Deadline deadline)
{
    auto prepared = core->tls_prepare(context, TlsRole::client, &options);
    if (!prepared)
        co_return std::unexpected(std::move(prepared.error()));
    auto facts = co_await handshake(core, TlsRole::client, deadline);
    co_return facts;
}

} // namespace

Outcome<void> Stream::Core::tls_prepare(const TlsContext& context, TlsRole role,
                                        const TlsClientOptions* options)
{
    if (!is_open())
        return fail(Fault::closed, "closed here");
    if (ssl || context.impl().for_server != (role == TlsRole::server))
        return fail(Fault::invalid, ssl ? "TLS is up already" : "a TLS context for the other role");
    ERR_clear_error();
    ssl = SSL_new(context.impl().default_context());
    if (!ssl || SSL_set_fd(ssl, descriptor()) != 1)
        return fail(Fault::temporary, "TLS set-up: " + tls_errors());
    tls_context = context.share();
    starved = false;
    if (role == TlsRole::server) {
        SSL_set_accept_state(ssl);
    } else {
        SSL_set_connect_state(ssl);
        prepare_client(ssl, *options);
    }
    return {};
}

Step Stream::Core::tls_problem(int result, std::string_view doing)
{
    const int problem = SSL_get_error(ssl, result);
    const int system_error = errno;
    Step step;
    switch (problem) {
    case SSL_ERROR_WANT_READ: step.need = Step::Need::read; return step;
    case SSL_ERROR_WANT_WRITE: step.need = Step::Need::write; return step;
    case SSL_ERROR_ZERO_RETURN: return Step::failed(Fault::closed, "end of stream");
    default: break;
    }
    tls_broken = true;
    std::string cause = "TLS " + std::string(doing) + ": ";
    if (problem == SSL_ERROR_SYSCALL && ERR_peek_error() == 0)
        return Step::failed(Fault::closed,
                            cause + (system_error ? error_text(system_error) : "end of stream"));
    const long verified = SSL_get_verify_result(ssl);
    if (!facts && verified != X509_V_OK && SSL_get_verify_mode(ssl) == SSL_VERIFY_PEER) {
        ERR_clear_error();
        return Step::failed(Fault::refused, cause + X509_verify_cert_error_string(verified));
    }
    return Step::failed(Fault::temporary, cause + tls_errors());
}

Step Stream::Core::tls_handshake()
{
    if (!is_open())
        return Step::failed(Fault::closed, "closed here");
    ERR_clear_error();
    errno = 0;
    const int result = SSL_do_handshake(ssl);
    return result == 1 ? Step{} : tls_problem(result, "handshake");
}

Step Stream::Core::tls_read(char* into, std::size_t max)
{
    ERR_clear_error();
    errno = 0;
    Step step;
    const int result = SSL_read_ex(ssl, into, max, &step.done);
    if (result != 1) {
        step = tls_problem(result, "read");
        starved = step.need != Step::Need::nothing;
    }
    bytes_in += step.done;
    return step;
}

Step Stream::Core::tls_write(std::string_view bytes)
{
    if (tls_broken)
        return Step::failed(Fault::closed, "TLS ended with an error before");
    if (bytes.empty())
        return {};
    ERR_clear_error();
    errno = 0;
    Step step;
    const int result = SSL_write_ex(ssl, bytes.data(), bytes.size(), &step.done);
    if (result != 1)
        step = tls_problem(result, "write");
    bytes_out += step.done;
    return step;
}

bool Stream::Core::tls_holds_input() const
{
    return ssl && SSL_has_pending(ssl) == 1;
}

/// close_notify, if the socket takes it now: nobody waits to say goodbye.
void Stream::Core::tls_say_goodbye()
{
    if (!ssl || !facts || tls_broken)
        return;
    ERR_clear_error();
    SSL_shutdown(ssl);
    ERR_clear_error();
}

void Stream::Core::tls_free()
{
    SSL_free(std::exchange(ssl, nullptr));
}

TlsFacts Stream::Core::tls_read_facts(TlsRole role) const
{
    TlsFacts facts_now;
    facts_now.version = SSL_get_version(ssl);
    facts_now.cipher = SSL_get_cipher_name(ssl);
    if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name))
        facts_now.sni = base::to_lower(name);
    const unsigned char* protocol = nullptr;
    unsigned protocol_size = 0;
    SSL_get0_alpn_selected(ssl, &protocol, &protocol_size);
    if (protocol)
        facts_now.alpn.assign(reinterpret_cast<const char*>(protocol), protocol_size);
    facts_now.resumed = SSL_session_reused(ssl) == 1;
    facts_now.tls_exporter = exporter_of(ssl);
    facts_now.tls_unique = unique_of(ssl, role);
    X509* certificate = role == TlsRole::server ? SSL_get_certificate(ssl) : SSL_get0_peer_certificate(ssl);
    facts_now.tls_server_end_point = end_point_of(certificate);
    if (role == TlsRole::client)
        read_verification(ssl, certificate, facts_now);
    return facts_now;
}

Task<Outcome<TlsFacts>> Stream::start_tls_server(const TlsContext& context, Deadline deadline)
{
    return start_server(m_core, context, deadline);
}

Task<Outcome<TlsFacts>> Stream::start_tls_client(const TlsContext& context, TlsClientOptions options,
                                                 Deadline deadline)
{
    return start_client(m_core, context, std::move(options), deadline);
}

} // namespace mansio::net
