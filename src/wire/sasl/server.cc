#include "wire/sasl/server.h"

#include "base/bytes.h"
#include "base/text.h"
#include "wire/sasl/machines.h"

namespace mansio::wire::sasl {

std::string_view name(FailureKind kind)
{
    switch (kind) {
    case FailureKind::malformed: return "malformed";
    case FailureKind::too_long: return "too long";
    case FailureKind::aborted: return "aborted";
    case FailureKind::bad_credentials: return "bad credentials";
    case FailureKind::not_authorized: return "not authorized";
    case FailureKind::unavailable: return "unavailable";
    }
    return "unknown";
}

Step Server::start(std::optional<std::string_view> initial_response)
{
    if (!initial_response)
        return begin();
    if (*initial_response == "=")
        return take("");
    if (initial_response->empty())
        return failed(FailureKind::malformed, "empty initial response without \"=\"");
    return decode(*initial_response);
}

Step Server::respond(std::string_view line)
{
    if (line == "*")
        return failed(FailureKind::aborted, "the client cancelled");
    return decode(line);
}

Step Server::decode(std::string_view line)
{
    if (line.size() + 2 > max_line)
        return failed(FailureKind::too_long, "line over " + std::to_string(max_line) + " bytes");
    const auto response = base::base64_decode(line);
    if (!response)
        return failed(FailureKind::malformed, "not base64");
    return take(*response);
}

Step Server::password_checked(PasswordAnswer answer)
{
    if (!std::exchange(m_password_asked, false))
        return unexpected();
    switch (answer) {
    case PasswordAnswer::right: return done();
    case PasswordAnswer::wrong: return failed(FailureKind::bad_credentials, "wrong password");
    case PasswordAnswer::unavailable: break;
    }
    return failed(FailureKind::unavailable, "the password could not be checked");
}

Step Server::scram_credentials(LookUp result, base::ScramCredentials credentials)
{
    if (result == LookUp::unavailable)
        return failed(FailureKind::unavailable, "the credentials could not be read");
    return result == LookUp::found ? take_credentials(std::move(credentials)) : take_unknown_user();
}

Step Server::plain_secret(LookUp result, std::string_view secret)
{
    if (result == LookUp::unavailable)
        return failed(FailureKind::unavailable, "the secret could not be read");
    return result == LookUp::found ? take_secret(secret) : take_unknown_user();
}

// Acting for somebody else needs a grant, and there are none: rfc4422#3.4.1, CVE-2023-27582 of another
// server.
std::optional<Step> Server::refuse_identity() const
{
    for (const std::string* name : {&m_user, &m_authzid}) {
        if (!base::is_utf8(*name))
            return failed(FailureKind::malformed, "name is not UTF-8");
        for (const char c : *name)
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
                return failed(FailureKind::malformed, "control character in the name");
    }
    if (m_user.empty())
        return failed(FailureKind::malformed, "no user name");
    if (!m_authzid.empty() && !base::equal_icase(m_authzid, m_user))
        return failed(FailureKind::not_authorized, "authzid is not the authenticated user");
    return std::nullopt;
}

Step Server::ask_password(std::string authzid, std::string user, std::string password)
{
    m_authzid = std::move(authzid);
    m_user = std::move(user);
    if (auto refused = refuse_identity())
        return std::move(*refused);
    if (password.empty())
        return failed(FailureKind::bad_credentials, "empty password");
    if (password.find('\0') != std::string::npos)
        return failed(FailureKind::malformed, "NUL in the password");
    m_password_asked = true;
    return VerifyPassword{m_user, std::move(password), m_authzid};
}

std::unique_ptr<Server> make_server(Mechanism mechanism, ServerSetup setup)
{
    switch (mechanism) {
    case Mechanism::plain: return make_plain();
    case Mechanism::login: return make_login();
    case Mechanism::cram_md5: return make_cram_md5(std::move(setup));
    case Mechanism::scram_sha_256: return make_scram(std::move(setup), WithBinding::no);
    case Mechanism::scram_sha_256_plus: break;
    }
    return make_scram(std::move(setup), WithBinding::yes);
}

} // namespace mansio::wire::sasl
