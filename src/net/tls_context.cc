#include "net/tls_context.h"

#include "base/text.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace mansio::net {

using base::fail;
using base::Fault;

namespace {

/// Forward secrecy and nothing weaker than AES-CBC with SHA-2; TLS 1.3 brings its own list.
constexpr const char* server_ciphers =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:!aNULL:!SHA1:!PSK";

SslContext make_context(const SSL_METHOD* method)
{
    SslContext context(SSL_CTX_new(method));
    SSL_CTX* raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    // A mail protocol says itself where it ends: a missing close_notify is an end of stream, no error.
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(raw, 1);                          // header and body of a record in one system call
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF); // tickets resume without memory here
    SSL_CTX_set_default_passwd_cb(raw, [](char*, int, int, void*) { return 0; }); // never ask a terminal
    return context;
}

std::vector<std::string> names_of(X509* certificate)
{
    std::vector<std::string> names;
    auto* all =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
        if (name->type != GEN_DNS)
            continue;
        const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
        const auto size = static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName));
        names.push_back(base::to_lower(std::string_view(text, size)));
    }
    GENERAL_NAMES_free(all);
    return names;
}

Outcome<SslContext> load_certificate(const TlsCertificateFiles& files, const TlsServerSettings& settings)
{
    ERR_clear_error();
    SslContext context = make_context(TLS_server_method());
    SSL_CTX* raw = context.get();
    SSL_CTX_set_options(raw, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    if (settings.minimum == TlsMinimum::tls13)
        SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION);
    const char* ciphers = settings.ciphers.empty() ? server_ciphers : settings.ciphers.c_str();
    if (SSL_CTX_set_cipher_list(raw, ciphers) != 1)
        return fail(Fault::invalid, fmt::format("ciphers {}: {}", ciphers, tls_errors()));
    SSL_CTX_set_dh_auto(raw, 1);
    SSL_CTX_set_num_tickets(raw, 1);
    SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>("mansio"), 6);
    if (SSL_CTX_use_certificate_chain_file(raw, files.certificate_file.c_str()) != 1)
        return fail(Fault::invalid, fmt::format("certificate {}: {}", files.certificate_file, tls_errors()));
    if (SSL_CTX_use_PrivateKey_file(raw, files.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        return fail(Fault::invalid, fmt::format("key {}: {}", files.key_file, tls_errors()));
    if (SSL_CTX_check_private_key(raw) != 1)
        return fail(Fault::invalid, fmt::format("key {} does not belong to certificate {}: {}",
                                                files.key_file, files.certificate_file, tls_errors()));
    return context;
}

/// CVE-2017-15130 was a table that grew with the names clients asked for: ours is fixed.
int choose_certificate(SSL* ssl, int*, void* argument)
{
    const auto& impl = *static_cast<const TlsContext::Impl*>(argument);
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (!name)
        return SSL_TLSEXT_ERR_NOACK;
    if (SSL_CTX* context = impl.find(base::to_lower(name))) {
        SSL_set_SSL_CTX(ssl, context);
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

/// A client that speaks another protocol (a browser made to cross over) is turned away: rfc7301#3.2.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned in_size, void* argument)
{
    const auto& ours = static_cast<const TlsContext::Impl*>(argument)->alpn;
    unsigned char* chosen = nullptr;
    const int result =
        SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned>(ours.size()), in, in_size);
    *out = chosen;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

} // namespace

SSL_CTX* TlsContext::Impl::find(std::string_view name) const
{
    auto found = by_name.find(std::string(name));
    if (found == by_name.end()) {
        const std::size_t dot = name.find('.');
        if (dot != std::string_view::npos)
            found = by_name.find("*" + std::string(name.substr(dot)));
    }
    return found == by_name.end() ? nullptr : contexts[found->second].get();
}

std::string tls_errors()
{
    std::string text;
    while (const unsigned long code = ERR_get_error()) {
        char line[256];
        ERR_error_string_n(code, line, sizeof(line));
        text += text.empty() ? "" : "; ";
        text += line;
    }
    return text.empty() ? "no reason given" : text;
}

std::string alpn_on_the_wire(const std::vector<std::string>& names)
{
    std::string wire;
    for (const std::string& name : names) {
        if (name.empty() || name.size() > 255)
            continue;
        wire += static_cast<char>(name.size());
        wire += name;
    }
    return wire;
}

Outcome<TlsContext> TlsContext::server(const TlsServerSettings& settings)
{
    if (settings.certificates.empty())
        return fail(Fault::invalid, "no certificate is configured");
    auto impl = std::make_shared<Impl>();
    impl->for_server = true;
    impl->alpn = alpn_on_the_wire(settings.alpn);
    for (const TlsCertificateFiles& files : settings.certificates) {
        auto context = load_certificate(files, settings);
        if (!context)
            return std::unexpected(std::move(context.error()));
        for (std::string& name : names_of(SSL_CTX_get0_certificate(context->get())))
            impl->by_name.emplace(std::move(name), impl->contexts.size());
        SSL_CTX_set_tlsext_servername_callback(context->get(), choose_certificate);
        SSL_CTX_set_tlsext_servername_arg(context->get(), impl.get());
        if (!impl->alpn.empty())
            SSL_CTX_set_alpn_select_cb(context->get(), choose_protocol, impl.get());
        impl->contexts.push_back(std::move(*context));
    }
    return TlsContext(std::move(impl));
}

Outcome<TlsContext> TlsContext::client(const std::string& ca_file)
{
    ERR_clear_error();
    auto impl = std::make_shared<Impl>();
    SslContext context = make_context(TLS_client_method());
    const int loaded = ca_file.empty()
                           ? SSL_CTX_set_default_verify_paths(context.get())
                           : SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr);
    if (loaded != 1)
        return fail(Fault::invalid, fmt::format("trusted roots {}: {}", ca_file, tls_errors()));
    impl->contexts.push_back(std::move(context));
    return TlsContext(std::move(impl));
}

} // namespace mansio::net
