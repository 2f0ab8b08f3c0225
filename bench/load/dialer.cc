#include "load/dialer.h"

#include <fmt/format.h>

namespace mansio::load {

using base::Deadline;
using base::fail;
using base::Fault;
using base::Outcome;
using net::Task;

Outcome<Dialer> Dialer::make(const CommonOptions& options)
{
    auto address = net::Address::parse_ip(options.host, options.port);
    if (!address)
        return fail(Fault::invalid, options.host + ": give the host as an address");
    Dialer dialer(std::move(*address), options.tls, options.sources);
    if (options.tls == Tls::none)
        return dialer; // reading the system's roots takes longer than a short run
    auto context = net::TlsContext::client();
    if (!context)
        return std::unexpected(std::move(context.error()));
    dialer.m_context = std::move(*context);
    return dialer;
}

Dialer Dialer::plain(std::uint16_t port) const
{
    return {m_address.with_port(port), Tls::none, m_sources};
}

Task<Outcome<net::Stream>> Dialer::dial(net::Loop& loop, unsigned number, Deadline deadline) const
{
    net::ConnectOptions options{deadline};
    if (m_sources > 1)
        options.source = net::Address::v4({127, 0, 0, static_cast<std::uint8_t>(1 + number % m_sources)}, 0);
    auto stream = co_await net::connect(loop, m_address, options);
    if (!stream || m_tls != Tls::implicit)
        co_return stream;
    auto secured = co_await start_tls(*stream, deadline);
    if (!secured)
        co_return std::unexpected(std::move(secured.error()));
    co_return stream;
}

Task<Outcome<void>> Dialer::start_tls(net::Stream& stream, Deadline deadline) const
{
    auto facts = co_await stream.start_tls_client(*m_context, net::TlsClientOptions{}, deadline);
    if (!facts)
        co_return fail(std::move(facts.error()), "TLS");
    co_return Outcome<void>{};
}

std::unexpected<base::Failure> unexpected_answer(std::string_view to, std::string_view answer)
{
    return fail(Fault::refused, fmt::format("{}: {}", to, answer));
}

} // namespace mansio::load
