#pragma once
#include "base/outcome.h"
#include "wire/sasl/mechanism.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mansio::wire::sasl {

struct ClientAccount {
    std::string user;
    std::string password;
};

/// The other side, for logging in to a smarthost: PLAIN, LOGIN, SCRAM-SHA-256. Give initial() with the
/// command, then answer every challenge with respond(); lines are base64 both ways, without CRLF. At the
/// server's success ask finish(): a server that never proved it knows the password is refused.
class Client {
public:
    virtual ~Client() = default;
    virtual Mechanism mechanism() const = 0;
    /// The initial response for the command line, or nothing when the mechanism has none.
    virtual std::optional<std::string> initial() = 0;
    virtual base::Outcome<std::string> respond(std::string_view challenge) = 0;
    virtual base::Outcome<void> finish() { return {}; }
};

/// Most PBKDF2 rounds a server may ask of us: it is CPU time of ours that it spends (CVE-2026-42256 of
/// another client). About a quarter of a second.
constexpr std::uint32_t max_client_iterations = 500'000;

/// The best of the mechanisms offered that we can do; nothing where there is none. Without TLS the password
/// is not sent, so only SCRAM is left.
std::optional<Mechanism> choose_mechanism(std::string_view offered, bool tls);
/// nullptr for a mechanism the client does not have.
std::unique_ptr<Client> make_client(Mechanism mechanism, ClientAccount account);
/// The same with a fixed nonce, for tests.
std::unique_ptr<Client> make_scram_client(ClientAccount account, std::string nonce);

} // namespace mansio::wire::sasl
