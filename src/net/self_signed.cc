#include "net/address.h"
#include "net/tls_context.h"

#include "base/bytes.h"
#include "base/text.h"

#include <algorithm>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace mansio::net {

using base::fail;
using base::Fault;

namespace {

using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Memory = std::unique_ptr<BIO, FreeWith<BIO_free>>;

std::string text_of(BIO* memory)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return std::string(data, static_cast<std::size_t>(size));
}

/// Only what can stand in OpenSSL's "DNS:a,IP:b" list without changing its meaning.
bool is_plain(const std::string& name)
{
    const auto allowed = [](char c) {
        return base::is_alpha(c) || base::is_digit(c) || c == '.' || c == '-' || c == '_' || c == '*' ||
               c == ':';
    };
    return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), allowed);
}

std::string alternative_name(const std::string& name)
{
    return (Address::parse_ip(name) ? "IP:" : "DNS:") + name;
}

bool add_extension(X509* certificate, int kind, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    const bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

bool describe(X509* certificate, EVP_PKEY* key, const std::string& hostname, const std::string& names)
{
    constexpr long ten_years = 3650L * 24 * 3600;
    const std::uint64_t serial = base::random_u64() >> 1;
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600); // clocks differ
    X509_gmtime_adj(X509_getm_notAfter(certificate), ten_years);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    // A common name has at most 64 bytes (rfc5280#appendix-A.1); the alternative names say the rest.
    const std::string common = hostname.substr(0, 64);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    return add_extension(certificate, NID_subject_alt_name, names) &&
           add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth") &&
           X509_sign(certificate, key, EVP_sha256()) > 0;
}

} // namespace

Outcome<PemPair> make_self_signed(const std::string& hostname, const std::vector<std::string>& names)
{
    std::string list = alternative_name(hostname);
    bool plain = is_plain(hostname);
    for (const std::string& name : names) {
        plain = plain && is_plain(name);
        list += "," + alternative_name(name);
    }
    if (!plain)
        return fail(Fault::invalid, "not a host name or address: " + list);
    Key key(EVP_EC_gen("P-256"));
    Certificate certificate(X509_new());
    Memory certificate_out(BIO_new(BIO_s_mem())), key_out(BIO_new(BIO_s_mem()));
    const bool made =
        key && describe(certificate.get(), key.get(), hostname, list) &&
        PEM_write_bio_X509(certificate_out.get(), certificate.get()) == 1 &&
        PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
    if (!made)
        return fail(Fault::temporary, "make certificate: " + tls_errors());
    return PemPair{text_of(certificate_out.get()), text_of(key_out.get())};
}

} // namespace mansio::net
