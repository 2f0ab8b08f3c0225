#pragma once
#include "config/account_settings.h"
#include "directory/directory.h"
#include "net/tls.h"
#include "wire/sasl/server.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::login {

using base::Outcome;
using base::Task;

/// The session's end of an exchange. What passes here is never logged.
class ClientLine {
public:
    virtual ~ClientLine() = default;
    /// Sends the challenge (base64, may be empty) in the protocol's form and reads the client's line, without
    /// its line end. Fault::too_large: the line was over the cap, and the session may go on; any other fault
    /// ends the session.
    virtual Task<Outcome<std::string>> ask(std::string challenge) = 0;
};

/// What an exchange needs besides the client; outlives it.
struct Setting {
    directory::Directory& directory;
    const config::AccountSettings& accounts;
    const net::TlsFacts* tls = nullptr;
    std::string_view hostname; ///< in CRAM-MD5's challenge
};

/// The account, or why not: the session picks its words by the kind.
using Verdict = std::expected<directory::Account, wire::sasl::Failed>;

/// One exchange, from the client's AUTH to its end. Fails only when the connection did.
Task<Outcome<Verdict>> run_exchange(Setting setting, wire::sasl::Mechanism mechanism,
                                    std::optional<std::string_view> initial_response, ClientLine& client);

} // namespace mansio::login
