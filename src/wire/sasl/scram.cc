#include "base/bytes.h"
#include "base/text.h"
#include "wire/sasl/machines.h"
#include "wire/sasl/scram_text.h"

namespace mansio::wire::sasl {
namespace {

// SCRAM-SHA-256 and -PLUS, the server: rfc5802#5, rfc7677, rfc9266. Four messages; our last one (v=) goes out
// as a challenge that the client answers with an empty line, because SMTP, IMAP and POP3 have no room for
// data beside success.
class Scram final : public Server {
public:
    Scram(ServerSetup setup, WithBinding binding)
        : m_setup(std::move(setup))
        , m_binding(binding)
    {
    }

private:
    enum class Stage { client_first, credentials, client_final, acknowledgement };

    Step begin() override { return Challenge{}; }

    Step take(std::string_view response) override
    {
        switch (m_stage) {
        case Stage::client_first: return take_first(response);
        case Stage::client_final: return take_final(response);
        case Stage::acknowledgement: return take_acknowledgement(response);
        case Stage::credentials: break;
        }
        return unexpected();
    }

    Step take_first(std::string_view response)
    {
        auto first = parse_client_first(response);
        if (!first)
            return failed(FailureKind::malformed, "client-first-message");
        m_first = std::move(*first);
        m_user = m_first.user;
        m_authzid = m_first.authzid;
        if (auto refused = refuse_identity())
            return std::move(*refused);
        if (const auto wrong = wrong_binding(); !wrong.empty())
            return failed(FailureKind::bad_credentials, std::string(wrong));
        m_stage = Stage::credentials;
        return NeedScramCredentials{m_user};
    }

    /// rfc5802#6: what the client says about channel binding must fit what we offered, else somebody between
    /// us took the PLUS mechanism out of the list.
    std::string_view wrong_binding() const
    {
        if (m_binding == WithBinding::no) {
            if (m_first.flag == BindingFlag::used)
                return "channel binding in a mechanism without it";
            if (m_first.flag == BindingFlag::not_offered && m_setup.binding.any())
                return "downgrade: the client believes we can't do channel binding";
            return {};
        }
        if (m_first.flag != BindingFlag::used)
            return "PLUS without channel binding";
        return m_setup.binding.find(m_first.binding_type) ? "" : "unsupported channel binding type";
    }

    Step take_credentials(base::ScramCredentials credentials) override
    {
        if (m_stage != Stage::credentials)
            return unexpected();
        m_credentials = std::move(credentials);
        m_nonce = m_first.nonce + base::base64_encode(base::random_bytes(18));
        m_server_first = "r=" + m_nonce + ",s=" + base::base64_encode(m_credentials.salt) +
                         ",i=" + std::to_string(m_credentials.iterations);
        m_stage = Stage::client_final;
        return Challenge{base::base64_encode(m_server_first)};
    }

    /// The same salt for the same name every time, keys nobody has: rfc5802#9 leaves no hint but this one.
    Step take_unknown_user() override
    {
        m_known = false;
        std::string salt = base::hmac_sha256(m_setup.fake_salt_key, "salt " + base::to_lower(m_user));
        salt.resize(base::scram_salt_size);
        return take_credentials(
            {std::move(salt), m_setup.fake_iterations, base::random_bytes(32), base::random_bytes(32)});
    }

    Step take_final(std::string_view response)
    {
        const auto message = parse_client_final(response);
        if (!message)
            return failed(FailureKind::malformed, "client-final-message");
        if (message->nonce != m_nonce)
            return failed(FailureKind::bad_credentials, "nonce differs");
        if (!base::equal_constant_time(message->binding, expected_binding()))
            return failed(FailureKind::bad_credentials, "channel binding differs");
        const std::string auth_message = m_first.bare + "," + m_server_first + "," + message->without_proof;
        const std::string signature = base::hmac_sha256(m_credentials.stored_key, auth_message);
        if (message->proof.size() != signature.size())
            return failed(FailureKind::malformed, "size of the proof");
        const std::string client_key = exclusive_or(message->proof, signature);
        if (!base::equal_constant_time(base::sha256(client_key), m_credentials.stored_key) || !m_known)
            return failed(FailureKind::bad_credentials, m_known ? "wrong proof" : "unknown user");
        m_stage = Stage::acknowledgement;
        return Challenge{base::base64_encode(
            "v=" + base::base64_encode(base::hmac_sha256(m_credentials.server_key, auth_message)))};
    }

    std::string expected_binding() const
    {
        const std::string* data =
            m_binding == WithBinding::yes ? m_setup.binding.find(m_first.binding_type) : nullptr;
        return data ? m_first.gs2_header + *data : m_first.gs2_header;
    }

    Step take_acknowledgement(std::string_view response)
    {
        if (!response.empty())
            return failed(FailureKind::malformed, "wanted an empty response to v=");
        return done();
    }

    ServerSetup m_setup;
    WithBinding m_binding;
    Stage m_stage = Stage::client_first;
    ClientFirst m_first;
    base::ScramCredentials m_credentials;
    bool m_known = true;
    std::string m_nonce;
    std::string m_server_first;
};

} // namespace

std::unique_ptr<Server> make_scram(ServerSetup setup, WithBinding binding)
{
    return std::make_unique<Scram>(std::move(setup), binding);
}

} // namespace mansio::wire::sasl
