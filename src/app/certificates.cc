#include "app/certificates.h"

namespace mansio::app {

net::TlsServerSettings server_tls(const config::TlsSettings& tls)
{
    net::TlsServerSettings settings;
    settings.certificates.push_back({tls.certificate, tls.key});
    for (const config::CertificateSettings& extra : tls.extra)
        settings.certificates.push_back({extra.certificate, extra.key});
    settings.minimum =
        tls.minimum == config::TlsVersion::tls13 ? net::TlsMinimum::tls13 : net::TlsMinimum::tls12;
    settings.ciphers = tls.ciphers;
    return settings;
}

} // namespace mansio::app
