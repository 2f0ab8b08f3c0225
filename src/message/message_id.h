#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mansio::message {

/// The msg-ids (rfc5322#3.6.4) in a Message-ID, References or In-Reply-To value, in order, without brackets,
/// in one spelling each: quotes, escapes and white space are taken off, so that ids compare byte by byte
/// (rfc5256#3). What stands in brackets without an "@" is none. Linear.
std::vector<std::string> message_ids(std::string_view value);

} // namespace mansio::message
