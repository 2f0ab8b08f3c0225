#pragma once
#include "pop3d/session.h"

namespace mansio::pop3d {

/// Opens the account's INBOX for this session, answers, and enters TRANSACTION. For every way to log in.
Task<void> enter(Session& session, directory::Account user);

/// Answers a wrong name or password: the same words for both, no sooner than login_failure_delay after
/// `began`. Too many of them end the session. Anything but Fault::unauthorized is trouble of our own,
/// rfc3206.
Task<void> answer_login_failure(Session& session, base::Failure failure, base::SteadyTime began);

} // namespace mansio::pop3d
