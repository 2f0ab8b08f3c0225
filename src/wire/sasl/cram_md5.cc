#include "base/bytes.h"
#include "wire/sasl/machines.h"

namespace mansio::wire::sasl {
namespace {

// challenge = "<" random "@" host ">"; response = user SP 32HEXDIG(HMAC-MD5(secret, challenge))   rfc2195#2
class CramMd5 final : public Server {
public:
    explicit CramMd5(ServerSetup setup)
        : m_challenge("<" + base::random_token(24) + "@" + setup.hostname + ">")
    {
    }

private:
    Step begin() override
    {
        m_sent = true;
        return Challenge{base::base64_encode(m_challenge)};
    }

    Step take(std::string_view response) override
    {
        if (!m_sent)
            return failed(FailureKind::malformed, "CRAM-MD5 has no initial response");
        const auto space = response.rfind(' ');
        if (space == std::string_view::npos)
            return failed(FailureKind::malformed, "wanted name, space, digest");
        m_user = response.substr(0, space);
        const auto digest = base::unhex(response.substr(space + 1));
        if (!digest || digest->size() != 16)
            return failed(FailureKind::malformed, "wanted 32 hex digits");
        m_digest = *digest;
        if (auto refused = refuse_identity())
            return std::move(*refused);
        return NeedPlainSecret{m_user};
    }

    Step take_secret(std::string_view secret) override
    {
        if (m_digest.empty())
            return unexpected();
        if (!base::equal_constant_time(base::hmac_md5(secret, m_challenge), m_digest))
            return failed(FailureKind::bad_credentials, "wrong digest");
        return done();
    }

    std::string m_challenge;
    std::string m_digest;
    bool m_sent = false;
};

} // namespace

std::unique_ptr<Server> make_cram_md5(ServerSetup setup)
{
    return std::make_unique<CramMd5>(std::move(setup));
}

} // namespace mansio::wire::sasl
