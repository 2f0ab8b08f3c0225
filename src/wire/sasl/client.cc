#include "wire/sasl/client.h"

#include "base/bytes.h"
#include "base/scram.h"
#include "base/text.h"
#include "wire/sasl/scram_text.h"

namespace mansio::wire::sasl {
namespace {

using base::Fault;
using base::Outcome;

class PlainClient final : public Client {
public:
    explicit PlainClient(ClientAccount account)
        : m_account(std::move(account))
    {
    }
    Mechanism mechanism() const override { return Mechanism::plain; }

    std::optional<std::string> initial() override
    {
        return base::base64_encode(std::string(1, '\0') + m_account.user + '\0' + m_account.password);
    }

    Outcome<std::string> respond(std::string_view) override { return *initial(); }

private:
    ClientAccount m_account;
};

class LoginClient final : public Client {
public:
    explicit LoginClient(ClientAccount account)
        : m_account(std::move(account))
    {
    }
    Mechanism mechanism() const override { return Mechanism::login; }
    std::optional<std::string> initial() override { return std::nullopt; }

    Outcome<std::string> respond(std::string_view) override
    {
        if (m_sent == 2)
            return base::fail(Fault::invalid, "AUTH LOGIN: a third prompt");
        return base::base64_encode(m_sent++ == 0 ? m_account.user : m_account.password);
    }

private:
    ClientAccount m_account;
    int m_sent = 0;
};

class ScramClient final : public Client {
public:
    ScramClient(ClientAccount account, std::string nonce)
        : m_account(std::move(account))
        , m_nonce(std::move(nonce))
        , m_bare("n=" + encode_name(m_account.user) + ",r=" + m_nonce)
    {
    }
    Mechanism mechanism() const override { return Mechanism::scram_sha_256; }

    std::optional<std::string> initial() override
    {
        m_stage = Stage::server_first;
        return base::base64_encode("n,," + m_bare);
    }

    Outcome<std::string> respond(std::string_view challenge) override
    {
        const auto text = base::base64_decode(challenge);
        if (!text)
            return base::fail(Fault::invalid, "SCRAM: the challenge is not base64");
        switch (m_stage) {
        case Stage::start: return *initial(); // the server did not take an initial response
        case Stage::server_first: return take_server_first(*text);
        case Stage::server_final: return take_server_final(*text);
        case Stage::verified: break;
        }
        return base::fail(Fault::invalid, "SCRAM: a challenge too many");
    }

    Outcome<void> finish() override
    {
        if (m_stage != Stage::verified)
            return base::fail(Fault::unauthorized, "SCRAM: the server did not prove that it knows us");
        return {};
    }

private:
    enum class Stage { start, server_first, server_final, verified };

    Outcome<std::string> take_server_first(std::string_view text)
    {
        const auto first = parse_server_first(text);
        if (!first || !first->nonce.starts_with(m_nonce) || first->nonce.size() == m_nonce.size())
            return base::fail(Fault::invalid, "SCRAM: malformed server-first-message");
        if (first->iterations < base::scram_iterations || first->iterations > max_client_iterations)
            return base::fail(Fault::refused, "SCRAM: iteration count " + std::to_string(first->iterations));
        const std::string salted =
            base::salted_password_sha256(m_account.password, first->salt, first->iterations);
        const std::string client_key = base::hmac_sha256(salted, "Client Key");
        const std::string without_proof = "c=biws,r=" + first->nonce;
        const std::string auth_message = m_bare + "," + std::string(text) + "," + without_proof;
        const std::string signature = base::hmac_sha256(base::sha256(client_key), auth_message);
        m_expected = base::hmac_sha256(base::hmac_sha256(salted, "Server Key"), auth_message);
        m_stage = Stage::server_final;
        return base::base64_encode(without_proof +
                                   ",p=" + base::base64_encode(exclusive_or(client_key, signature)));
    }

    Outcome<std::string> take_server_final(std::string_view text)
    {
        const auto signature =
            text.starts_with("v=") ? base::base64_decode(text.substr(2, text.find(',') - 2)) : std::nullopt;
        if (!signature)
            return base::fail(Fault::unauthorized,
                              "SCRAM: the server refused: " + base::escape_for_log(text, 64));
        if (!base::equal_constant_time(*signature, m_expected))
            return base::fail(Fault::unauthorized, "SCRAM: the server's signature is wrong");
        m_stage = Stage::verified;
        return std::string();
    }

    ClientAccount m_account;
    std::string m_nonce;
    std::string m_bare;
    std::string m_expected;
    Stage m_stage = Stage::start;
};

} // namespace

std::optional<Mechanism> choose_mechanism(std::string_view offered, bool tls)
{
    for (const Mechanism wanted : {Mechanism::scram_sha_256, Mechanism::plain, Mechanism::login}) {
        if (sends_password(wanted) && !tls)
            continue;
        for (const std::string_view word : base::split(offered, ' '))
            if (find_mechanism(word) == wanted)
                return wanted;
    }
    return std::nullopt;
}

std::unique_ptr<Client> make_client(Mechanism mechanism, ClientAccount account)
{
    switch (mechanism) {
    case Mechanism::plain: return std::make_unique<PlainClient>(std::move(account));
    case Mechanism::login: return std::make_unique<LoginClient>(std::move(account));
    case Mechanism::scram_sha_256:
        return make_scram_client(std::move(account), base::base64_encode(base::random_bytes(18)));
    default: return nullptr;
    }
}

std::unique_ptr<Client> make_scram_client(ClientAccount account, std::string nonce)
{
    return std::make_unique<ScramClient>(std::move(account), std::move(nonce));
}

} // namespace mansio::wire::sasl
