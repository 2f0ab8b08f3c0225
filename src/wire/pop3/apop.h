#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mansio::wire::pop3 {

/// The digest of APOP, rfc1939#7: MD5 of the greeting's timestamp (brackets included) and the shared secret,
/// 32 lower-case hexadecimal digits. MD5 is what the RFC asks for and not more than that: TLS is the
/// protection. Empty when the library can't do MD5 (FIPS mode).
std::string apop_digest(std::string_view timestamp, std::string_view secret);

/// "<random.milliseconds@hostname>": a msg-id of rfc5322 for the greeting, different every time.
std::string make_timestamp(std::string_view random, std::int64_t milliseconds, std::string_view hostname);

} // namespace mansio::wire::pop3
