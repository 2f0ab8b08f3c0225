#include "smtpd/mechanisms.h"

#include "login/mechanisms.h"

namespace mansio::smtpd {

namespace sasl = wire::sasl;

std::vector<sasl::Mechanism> offered_mechanisms(const Session& session)
{
    if (!session.is_submission())
        return {};
    const auto plain_text =
        session.limits().plaintext_login ? login::PlainText::allowed : login::PlainText::needs_tls;
    return login::offered_mechanisms(session.limits().mechanisms, session.wire.stream().tls(), plain_text);
}

std::string mechanism_names(const Session& session)
{
    std::string names;
    for (const sasl::Mechanism mechanism : offered_mechanisms(session))
        names.append(names.empty() ? "" : " ").append(name(mechanism));
    return names;
}

} // namespace mansio::smtpd
