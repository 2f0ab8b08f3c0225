#pragma once
// Private to this room: OpenSSL contexts and their error texts.
#include "net/tls.h"

#include <map>
#include <openssl/ssl.h>

namespace mansio::net {

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* object) const
    {
        Free(object);
    }
};
using SslContext = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;

struct TlsContext::Impl {
    std::vector<SslContext> contexts;           ///< the first is the default
    std::map<std::string, std::size_t> by_name; ///< DNS name, lower case, maybe "*.": which context
    std::string alpn;                           ///< as on the wire, rfc7301#3.1
    bool for_server = false;

    SSL_CTX* default_context() const { return contexts.front().get(); }
    /// nullptr for a name nobody has.
    SSL_CTX* find(std::string_view name) const;
};

/// Takes everything out of OpenSSL's error queue of this thread.
std::string tls_errors();
/// The names in rfc7301's form; empty names and those over 255 bytes are left out.
std::string alpn_on_the_wire(const std::vector<std::string>& names);

} // namespace mansio::net
