#pragma once
#include "load/options.h"

#include "net/stream.h"

#include <optional>

namespace mansio::load {

/// Opens connections to the server under test, under TLS if the options say so; certificates are not judged.
/// Immutable, usable from any thread.
class Dialer {
public:
    /// Fault::invalid when the host is no address: nothing is looked up.
    static base::Outcome<Dialer> make(const CommonOptions& options);

    /// Connection `number` comes from the source address whose turn it is.
    net::Task<base::Outcome<net::Stream>> dial(net::Loop& loop, unsigned number,
                                               base::Deadline deadline) const;
    net::Task<base::Outcome<void>> start_tls(net::Stream& stream, base::Deadline deadline) const;
    Tls tls() const { return m_tls; }
    /// The same server on another port, in plain.
    Dialer plain(std::uint16_t port) const;

private:
    Dialer(net::Address address, Tls tls, unsigned sources)
        : m_address(std::move(address))
        , m_tls(tls)
        , m_sources(sources)
    {
    }

    net::Address m_address;
    Tls m_tls;
    unsigned m_sources;
    std::optional<net::TlsContext> m_context; ///< for TLS
};

/// For answers that make a session useless: what was said goes into the error samples.
std::unexpected<base::Failure> unexpected_answer(std::string_view to, std::string_view answer);

} // namespace mansio::load
