#include "smtpd/mechanisms.h"

namespace mansio::smtpd {

namespace sasl = wire::sasl;

sasl::ChannelBinding channel_binding(const Session& session)
{
    const net::TlsFacts* facts = session.wire.stream().tls();
    if (facts == nullptr)
        return {};
    return {facts->tls_exporter, facts->tls_server_end_point};
}

std::vector<sasl::Mechanism> offered_mechanisms(const Session& session)
{
    if (!session.is_submission())
        return {};
    const sasl::Offer offer{.tls = session.is_tls(),
                            .plain_text_allowed = session.limits().plaintext_login,
                            .cram_md5 = true, // the settings' list decides
                            .channel_binding = channel_binding(session).any()};
    std::vector<sasl::Mechanism> offered;
    for (const std::string& name : session.limits().mechanisms)
        if (const auto mechanism = sasl::find_mechanism(name); mechanism && is_offered(*mechanism, offer))
            offered.push_back(*mechanism);
    return offered;
}

std::string mechanism_names(const Session& session)
{
    std::string names;
    for (const sasl::Mechanism mechanism : offered_mechanisms(session))
        names.append(names.empty() ? "" : " ").append(name(mechanism));
    return names;
}

} // namespace mansio::smtpd
