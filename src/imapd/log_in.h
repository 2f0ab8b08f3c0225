#pragma once
#include "imapd/session.h"

#include <string_view>

namespace mansio::imapd {

/// After the password was right: opens the account and moves on to State::authenticated. Refuses where the
/// account has too many sessions.
Task<Reply> welcome(Session& session, directory::Account account);
/// After it was wrong: waits, counts, and says goodbye after too many. `user` is for the log.
Task<Reply> turn_away(Session& session, std::string_view user, Reply reply);

/// An account that was disabled or removed loses its open sessions too, within a minute: asks the directory
/// when it is time again.
Task<void> check_account(Session& session);

} // namespace mansio::imapd
