#pragma once
#include "imapd/session.h"

#include <string>

namespace mansio::imapd {

/// The bytes a URL of CATENATE names: rfc4469#3, rfc5092#7. Fault::not_found for what is no such URL, and for
/// a mailbox, message or section that isn't there.
Task<Outcome<std::string>> read_url(Session& session, std::string url);
/// "BADURL text": rfc4469#4
std::string bad_url_code(std::string_view url);

} // namespace mansio::imapd
