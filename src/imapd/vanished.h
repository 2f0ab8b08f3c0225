#pragma once
#include "imapd/session.h"
#include "wire/imap/sequence_set.h"

namespace mansio::imapd {

/// "* VANISHED (EARLIER) …" for those of `uids` that were expunged after `since` and are not shown any more:
/// rfc7162#3.2.10.1. Nothing when there are none.
Task<Outcome<void>> write_vanished_since(Session& session, imap::NumberSet uids, base::ModSeq since);

} // namespace mansio::imapd
