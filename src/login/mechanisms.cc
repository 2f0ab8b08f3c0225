#include "login/mechanisms.h"

namespace mansio::login {

namespace sasl = wire::sasl;

sasl::ChannelBinding channel_binding(const net::TlsFacts* tls)
{
    if (tls == nullptr)
        return {};
    return {tls->tls_exporter, tls->tls_server_end_point};
}

std::vector<sasl::Mechanism> offered_mechanisms(const std::vector<std::string>& setting,
                                                const net::TlsFacts* tls, PlainText plain_text)
{
    const sasl::Offer offer{.tls = tls != nullptr,
                            .plain_text_allowed = plain_text == PlainText::allowed,
                            .cram_md5 = true,
                            .channel_binding = channel_binding(tls).any()};
    std::vector<sasl::Mechanism> offered;
    for (const std::string& name : setting)
        if (const auto mechanism = sasl::find_mechanism(name); mechanism && is_offered(*mechanism, offer))
            offered.push_back(*mechanism);
    return offered;
}

} // namespace mansio::login
