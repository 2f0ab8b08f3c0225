#pragma once
#include "base/executor.h"
#include "base/task.h"
#include "net/address.h"
#include "net/resolver.h"

#include <optional>
#include <string>

namespace mansio::smtpd {

/// The peer's name for the Received field: what its address resolves to and what resolves back to that
/// address; anything else is no name. The look-up runs beside the session; its result is awaited once, when
/// needed.
class PeerName {
public:
    /// Begins the look-up on the executor. The resolver outlives it; this object need not.
    void begin(base::Executor& executor, net::Resolver& resolver, net::Address peer);
    /// "" when there is none, or begin() was not called. Ends within the resolver's time-outs.
    base::Task<std::string> get();

private:
    std::optional<base::Promise<std::string>> m_pending;
    std::string m_name;
};

} // namespace mansio::smtpd
