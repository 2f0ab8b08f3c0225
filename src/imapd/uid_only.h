#pragma once
#include "imapd/session.h"

#include <string>

// UIDONLY: rfc9586. Once enabled, no message number is taken or told.
namespace mansio::imapd {

/// Does a command say message numbers anywhere? Then it is refused: rfc9586#3
bool uses_message_numbers(const imap::Command& command);

/// The beginning of a response about one message: "* 3 FETCH (", or "* 120 UIDFETCH (".
void write_fetch_head(std::string& out, const Session& session, std::size_t index, mailbox::Uid uid);

} // namespace mansio::imapd
