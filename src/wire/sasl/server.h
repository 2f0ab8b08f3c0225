#pragma once
#include "base/scram.h"
#include "wire/sasl/mechanism.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace mansio::wire::sasl {

/// Longest base64 line of an exchange, CRLF included (rfc4954#4): the session's cap while it reads one.
constexpr std::size_t max_line = 12288;

/// Send this (already base64, may be empty) after "334 " or "+ " and feed the client's next line to
/// respond().
struct Challenge {
    std::string base64;
};

/// Is this the user's password? Answer with Server::password_checked().
struct VerifyPassword {
    std::string user;
    std::string password;
    std::string authzid; ///< empty or equal to user
};

/// Answer with Server::scram_credentials(). An unknown user is answered with nothing: a believable salt goes
/// out and the exchange fails at its end like one with a wrong password.
struct NeedScramCredentials {
    std::string user;
};

/// The password itself, for CRAM-MD5. Answer with Server::plain_secret().
struct NeedPlainSecret {
    std::string user;
};

enum class FailureKind {
    malformed,       ///< not base64, or not what the mechanism wants: 501 5.5.2, BAD
    too_long,        ///< over max_line: 500 5.5.6
    aborted,         ///< the client sent "*": 501 5.7.0, BAD
    bad_credentials, ///< 535 5.7.8, NO [AUTHENTICATIONFAILED]
    not_authorized,  ///< authzid of somebody else: 535 5.7.8, NO [AUTHORIZATIONFAILED]
    unavailable,     ///< the directory did not answer: 454 4.7.0, NO [UNAVAILABLE]
};
std::string_view name(FailureKind kind);

struct Failed {
    FailureKind kind;
    std::string user;  ///< as far as known, for the log and the limiter
    std::string cause; ///< for the log, without secrets
};

struct Done {
    std::string user; ///< as the client wrote it
    std::string authzid;
};

using Step = std::variant<Challenge, VerifyPassword, NeedScramCredentials, NeedPlainSecret, Failed, Done>;

enum class PasswordAnswer { right, wrong, unavailable };
/// What the look-up of a secret gave.
enum class LookUp { found, unknown_user, unavailable };

struct ServerSetup {
    ChannelBinding binding;    ///< what TLS can prove; empty without TLS
    std::string hostname;      ///< in CRAM-MD5's challenge
    std::string fake_salt_key; ///< a secret of this server, the same after a restart
    std::uint32_t fake_iterations = base::scram_iterations;
};

/// One exchange. Calls outside the order above fail the exchange (Failed, malformed); after Failed or Done
/// nothing may be called.
class Server {
public:
    virtual ~Server() = default;

    /// With the initial response of rfc4954#4 or rfc4959 if there is one ("=" stands for an empty one).
    Step start(std::optional<std::string_view> initial_response);
    /// A line from the client, without CRLF.
    Step respond(std::string_view line);

    Step password_checked(PasswordAnswer answer);
    Step scram_credentials(LookUp result, base::ScramCredentials credentials = {});
    Step plain_secret(LookUp result, std::string_view secret = {});

protected:
    virtual Step begin() = 0;
    virtual Step take(std::string_view response) = 0;
    virtual Step take_credentials(base::ScramCredentials) { return unexpected(); }
    virtual Step take_unknown_user() { return failed(FailureKind::bad_credentials, "unknown user"); }
    virtual Step take_secret(std::string_view) { return unexpected(); }

    /// Answers with a question for the password after the checks every mechanism shares.
    Step ask_password(std::string authzid, std::string user, std::string password);
    Step failed(FailureKind kind, std::string cause) const { return Failed{kind, m_user, std::move(cause)}; }
    Step unexpected() const { return failed(FailureKind::malformed, "answer nobody asked for"); }
    Step done() const { return Done{m_user, m_authzid}; }
    /// Nothing when the name may be looked up.
    std::optional<Step> refuse_identity() const;

    std::string m_user;
    std::string m_authzid;

private:
    Step decode(std::string_view line);

    bool m_password_asked = false;
};

/// The machine for a mechanism. PLUS mechanisms fail where the setup has no channel binding.
std::unique_ptr<Server> make_server(Mechanism mechanism, ServerSetup setup);

} // namespace mansio::wire::sasl
