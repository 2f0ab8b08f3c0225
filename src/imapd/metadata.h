#pragma once
#include "imapd/session.h"

#include <string>
#include <string_view>

namespace mansio::imapd {

/// rfc6154#4: computed from the mailbox's special use.
inline constexpr std::string_view special_use_entry = "/private/specialuse";

/// The mailbox of that name; for "" the server, which is a MailboxInfo without an id. Fault::not_found.
Task<Outcome<mailbox::MailboxInfo>> find_annotated(Session& session, std::string name);

/// "* METADATA name (entry value …)", rfc5464#4.4; also behind LIST (rfc9590). An entry that leads to nothing
/// is NIL; a mailbox that is gone meanwhile writes nothing. Gives the octets of the largest value left out
/// for MAXSIZE, 0 if none was.
Task<Outcome<std::uint64_t>> write_metadata_of(Session& session, mailbox::MailboxInfo info,
                                               const imap::MetadataItems& items);

} // namespace mansio::imapd
